import assert from "node:assert/strict";
import { test } from "node:test";
import { Grammar } from "#dist/grammar/grammar.js";
import { bytes, repetition as repeated } from "#dist/grammar/regular/build.js";
import { ByteSet } from "#dist/grammar/regular/byte-set.js";
import { text } from "#dist/grammar/regular/utf8.js";
import { choice, optional, Rule, repetition, sequence, terminal } from "#dist/grammar/rules.js";
import { isWhole } from "../../helpers/long.js";
import { seededRandom } from "../../helpers/random.js";
import { randomTrees, recognises, toRules } from "../recognise.js";
import { everyText } from "../regular/expressions.js";

const word = (value: string) => terminal(text(value));

test("random grammars accept what their meaning says: recursive, ambiguous and empty ones", () => {
  const random = seededRandom(5);
  const values = everyText("ab", 6);
  let useful = 0;
  const rounds = isWhole ? 600 : 150;
  for (let round = 0; round < rounds; round++) {
    const trees = randomTrees(random, "ab");
    const wanted = values.filter((value) => recognises(trees, value));
    let grammar: Grammar;
    try {
      grammar = new Grammar(() => toRules(trees));
    } catch (error) {
      assert.match(String(error), /matches no text at all/);
      assert.deepEqual(wanted, []);
      continue;
    }
    if (wanted.length > 2) useful++;
    const found = values.filter((value) => grammar.test(value));
    assert.deepEqual(found, wanted, JSON.stringify(trees));
  }
  assert.ok(useful > rounds / 5, `${useful} grammars with more than two texts`);
});

test("a prefix is refused exactly where no text goes on from it", () => {
  const random = seededRandom(6);
  const values = everyText("ab", 9);
  for (let round = 0; round < 60; round++) {
    const trees = randomTrees(random, "ab");
    let grammar: Grammar;
    try {
      grammar = new Grammar(() => toRules(trees));
    } catch {
      continue;
    }
    const wanted = values.filter((value) => recognises(trees, value));
    for (const prefix of everyText("ab", 4)) {
      let state = grammar.parser.start as ReturnType<typeof grammar.parser.step>;
      for (const byte of new TextEncoder().encode(prefix)) if (state) state = grammar.parser.step(state, byte);
      if (wanted.some((value) => value.startsWith(prefix))) assert.ok(state, `${prefix} of ${JSON.stringify(trees)}`);
      // Texts may be longer than those that were tried: then a completion is looked for with the parser itself.
      if (state !== undefined) assert.ok(canEnd(grammar, state), `${prefix} of ${JSON.stringify(trees)}`);
    }
  }
});

function canEnd(grammar: Grammar, start: NonNullable<ReturnType<Grammar["parser"]["step"]>>): boolean {
  const seen = new Set([start]);
  for (const state of seen) {
    if (state.isComplete) return true;
    for (const byte of [0x61, 0x62]) {
      const next = grammar.parser.step(state, byte);
      if (next !== undefined) seen.add(next);
    }
    assert.ok(seen.size < 50_000);
  }
  return false;
}

test("left and right recursion and repetition stay in few states on long texts", () => {
  const item = choice(word("x"), sequence(word("["), new Rule("inner", word("y")), word("]")));
  const left = new Rule("left");
  left.body = choice(item, sequence(left, word(","), item));
  const right = new Rule("right");
  right.body = sequence(item, optional(sequence(word(","), right)));
  const looped = new Rule("loop", sequence(item, repetition(sequence(word(","), item), 0, Number.POSITIVE_INFINITY)));
  for (const root of [left, right, looped]) {
    // Rules that are not regular, so that it is the parser that is tried.
    const nested = new Rule("nested");
    nested.body = choice(sequence(word("("), nested, word(")")), root);
    const grammar = new Grammar(() => nested);
    const value = `((${"x,[y],".repeat(20_000)}x))`;
    assert.equal(grammar.test(value), true);
    assert.equal(grammar.test(value.slice(0, -1)), false);
    const states = new Set<unknown>();
    let state = grammar.parser.start as ReturnType<typeof grammar.parser.step>;
    for (const byte of new TextEncoder().encode(value.slice(0, 5000))) {
      if (state) state = grammar.parser.step(state, byte);
      states.add(state);
    }
    assert.ok(states.size < 30, `${root.name}: ${states.size} states`);
  }
});

test("repetitions of rules are counted", () => {
  const nested = new Rule("nested");
  nested.body = choice(sequence(word("("), nested, word(")")), word("x"));
  const grammar = new Grammar(() => new Rule("root", repetition(nested, 9_999, 10_000)));
  assert.equal(grammar.test("(x)".repeat(9_998)), false);
  assert.equal(grammar.test("(x)".repeat(9_999)), true);
  assert.equal(grammar.test("x".repeat(10_000)), true);
  assert.equal(grammar.test("x".repeat(10_001)), false);
});

test("an ambiguous repetition of rules with a bound stays cheap once it may end", () => {
  const x = new Rule("x");
  x.body = choice(word("a"), word("aa"), sequence(word("("), x, word(")")));
  const grammar = new Grammar(() => new Rule("root", repetition(x, 0, 2_000)));
  assert.equal(grammar.test("a".repeat(4_000)), true);
  assert.equal(grammar.test("a".repeat(4_001)), false);
});

test("chains and diamonds of many rules are compiled without exhausting the stack", () => {
  const chain = Array.from({ length: 20_000 }, (_, i) => new Rule(`c${i}`));
  chain.forEach((rule, i) => {
    rule.body = i + 1 < chain.length ? sequence(chain[i + 1] as Rule) : word("end");
  });
  assert.equal(new Grammar(() => chain[0] as Rule).test("end"), true);
  // Each rule is two of the next: a text of 2^20 letters, of which the beginning is read.
  const twice = Array.from({ length: 20 }, (_, i) => new Rule(`d${i}`));
  twice.forEach((rule, i) => {
    const next = twice[i + 1] ?? word("a");
    rule.body = sequence(next, next);
  });
  const grammar = new Grammar(() => twice[0] as Rule);
  assert.equal(grammar.test("a".repeat(1000)), false);
  assert.equal(grammar.test("b"), false);
});

test("what cannot be compiled is refused", () => {
  const endless = new Rule("endless");
  endless.body = sequence(word("a"), endless);
  assert.throws(() => new Grammar(() => endless), { code: "grammar", message: /matches no text at all/ });
  assert.throws(() => new Grammar(() => new Rule("root", choice())), {
    code: "grammar",
    message: /matches no text at all/,
  });
  const missing = new Rule("root", sequence(word("a"), new Rule("absent")));
  assert.throws(() => new Grammar(() => missing), { code: "grammar", message: /rule absent is used, but not defined/ });
  const many = Array.from({ length: 60_000 }, (_, i) => new Rule(`m${i}`, word("a")));
  assert.throws(() => new Grammar(() => new Rule("root", choice(...many))), { message: /more than 50000 rules/ });
});

test("bytes that are no text are a language too", () => {
  const any = repeated(bytes(ByteSet.range(0x80, 0xff)), 2, 3);
  const grammar = new Grammar(() => new Rule("root", terminal(any)));
  assert.equal(grammar.testBytes(Uint8Array.of(0xff, 0x80)), true);
  assert.equal(grammar.testBytes(Uint8Array.of(0xff, 0x7f)), false);
});
