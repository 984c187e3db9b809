import assert from "node:assert/strict";
import { test } from "node:test";
import { LlamaError } from "#dist/errors.js";
import { Grammar } from "#dist/grammar/grammar.js";
import { MaskMaker } from "#dist/grammar/mask/mask-maker.js";
import { IndexedVocabulary } from "#dist/grammar/mask/vocabulary.js";
import { Matcher } from "#dist/grammar/matcher.js";
import { LIMITS_OF_WORK, spend, Work } from "#dist/grammar/work.js";
import { ATTACKS } from "../attacks/attacks.js";
import { isWhole } from "../helpers/long.js";
import { vocabularyOf } from "./vocabulary.js";

const isRefusal = (error: unknown) => {
  assert.ok(error instanceof LlamaError && error.code === "grammar", String(error));
  assert.match(error.message, /^[^\n]+\.$/);
  return true;
};

test("work is spent of what is at hand, and comes back as far as it is missing", () => {
  spend(1e9);
  const work = new Work("to try this takes", 100);
  work.do(() => spend(60));
  assert.equal(work.spent, 60);
  const inner = new Work("to try that takes", 10);
  work.do(() => {
    inner.do(() => spend(10));
    spend(30);
  });
  assert.deepEqual([work.spent, inner.spent], [90, 10]);
  assert.throws(() => work.do(() => spend(11)), {
    code: "grammar",
    message:
      "The grammar is too complex: to try this takes more than 100 steps; simplify it or lower the bounds of its repetitions.",
  });
  work.refill(40);
  assert.equal(work.spent, 60, "nothing is owed");
  work.refill(1000);
  assert.equal(work.spent, 0);
  assert.throws(() =>
    work.do(() => {
      throw new TypeError("of its own");
    }),
  );
  spend(1e9);
  assert.equal(work.spent, 0, "what failed is over");
});

test("what is made to cost much compiles within the limit, or is refused in a sentence", () => {
  for (const { name, compile } of ATTACKS.filter((_, i) => isWhole || i % 16 === 0)) {
    let grammar: Grammar;
    try {
      grammar = compile();
    } catch (error) {
      isRefusal(error);
      continue;
    }
    assert.ok(grammar.cost <= LIMITS_OF_WORK.atOnce, name);
  }
});

/** Inputs of a size, with a letter that makes each new. */
const GROWING: Readonly<Record<string, (size: number, letter: string) => Grammar>> = {
  "required properties": (size, letter) => {
    const names = Array.from({ length: size }, (_, i) => `${letter}${i}`);
    const properties = Object.fromEntries(names.map((name) => [name, { type: "string" }]));
    return Grammar.fromJsonSchema({ type: "object", properties, required: names });
  },
  "optional properties of one schema": (size, letter) => {
    const properties = Array.from({ length: size }, (_, i) => [`${letter}${i}`, { $ref: "#/$defs/a" }]);
    return Grammar.fromJsonSchema({ properties: Object.fromEntries(properties), $defs: { a: { type: "string" } } });
  },
  "alternatives of values": (size, letter) =>
    Grammar.fromJsonSchema({ anyOf: Array.from({ length: size }, (_, i) => ({ const: `${letter}${i}` })) }),
  "references to the whole": (size, letter) => {
    const properties = Array.from({ length: size }, (_, i) => [`${letter}${i}`, { items: { $ref: "#" } }]);
    return Grammar.fromJsonSchema({ properties: Object.fromEntries(properties) });
  },
  "rules in a chain": (size, letter) => {
    const rules = Array.from({ length: size }, (_, i) => `${letter}${i} ::= "(" ${letter}${i + 1} ")" | root`);
    return Grammar.fromGbnf(`root ::= ${letter}0\n${rules.join("\n")}\n${letter}${size} ::= "x"`);
  },
  "nullable rules beside one another": (size, letter) => {
    const rules = Array.from({ length: size }, (_, i) => `${letter}${i} ::= "<" root ">" | ""`);
    const names = Array.from({ length: size }, (_, i) => `${letter}${i}`);
    return Grammar.fromGbnf(`root ::= ${names.join(" ")}\n${rules.join("\n")}`);
  },
};

for (const [name, make] of Object.entries(GROWING)) {
  test(`twice the size costs about twice the work: ${name}`, () => {
    // The first is dearer by what all of the kind share.
    make(5, "w");
    const [small, large] = [make(60, "y").cost, make(240, "z").cost];
    assert.ok(large < small * 6, `${large} for 240, ${small} for 60`);
  });
}

test("parts that may be empty at an anchor cost no power of their number", () => {
  assert.ok(Grammar.fromRegex("(^|b)".repeat(40)).cost < 2_000_000);
});

test("20,000 required properties compile", () => {
  assert.ok((GROWING["required properties"] as (size: number, letter: string) => Grammar)(20_000, "q").cost > 0);
});

test("an answer pays for its tokens, gets back for each, and is refused where it owes too much", () => {
  const vocabulary = vocabularyOf([..."abcdefghijklmnopqrstuvwxyz ", "</s>"]);
  const plain = Grammar.fromRegex("[a-z ]+").createMatcher(vocabulary);
  for (let i = 0; i < 1000; i++) {
    plain.mask();
    assert.equal(plain.accept(i % 27), true);
  }
  assert.equal(plain.cost, 0);
  const { parser } = Grammar.fromGbnf('root ::= ([a-z] root [a-z] | [a-z]* | root " " root)+');
  const index = IndexedVocabulary.of(vocabulary);
  const work = new Work("to say this takes", 20_000);
  const ambiguous = new Matcher(parser, index, new MaskMaker(parser, index, []), work);
  const say = () => {
    for (let i = 0; i < 3000; i++) {
      ambiguous.mask();
      ambiguous.accept(i % 26);
    }
  };
  assert.throws(say, (error) => isRefusal(error) && /to say this takes more than 20000 steps/.test(`${error}`));
  assert.ok(ambiguous.length > 10, `not at once, but after ${ambiguous.length} tokens`);
});
