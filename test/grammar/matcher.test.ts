import assert from "node:assert/strict";
import { test } from "node:test";
import { Grammar } from "#dist/grammar/grammar.js";
import type { TokenVocabulary } from "#dist/grammar/mask/vocabulary.js";
import type { Matcher } from "#dist/grammar/matcher.js";
import { regexLanguage } from "#dist/grammar/regex/language.js";
import { concatenation, difference, intersection, repetition as repeated } from "#dist/grammar/regular/build.js";
import { text, texts } from "#dist/grammar/regular/utf8.js";
import { choice, type GrammarNode, Rule, repetition, sequence, terminal, token } from "#dist/grammar/rules.js";
import { isWhole } from "../helpers/long.js";
import { seededRandom } from "../helpers/random.js";
import { randomTrees, toRules } from "./recognise.js";
import { randomExpression, toRegular } from "./regular/expressions.js";
import { idsOf, vocabularyOf } from "./vocabulary.js";

const INFINITY = Number.POSITIVE_INFINITY;
const word = (value: string) => terminal(text(value));
const grammarOf = (node: GrammarNode) => new Grammar(() => new Rule("root", node));
const utf8 = (value: string) => [...new TextEncoder().encode(value)];

/** The tokens that go on from a text, each tried by itself from the very beginning. */
function allowed(grammar: Grammar, { size, bytesOf, isEndOfGeneration }: TokenVocabulary, before: number[]): number[] {
  const stateAfter = (bytes: readonly number[]) => {
    let state = grammar.parser.start as ReturnType<typeof grammar.parser.step>;
    for (const byte of bytes) if (state !== undefined) state = grammar.parser.step(state, byte);
    return state;
  };
  return Array.from({ length: size }, (_, id) => id).filter((id) => {
    if (isEndOfGeneration(id)) return stateAfter(before)?.isComplete;
    const bytes = bytesOf(id);
    return bytes.length > 0 && stateAfter([...before, ...bytes]) !== undefined;
  });
}

/** Walks through texts at random, and compares every mask with single tokens. */
function walk(grammar: Grammar, vocabulary: TokenVocabulary, random: () => number, steps: number): void {
  const matcher = grammar.createMatcher(vocabulary);
  const before: number[] = [];
  const lengths: number[] = [];
  for (let i = 0; i < steps; i++) {
    const ids = idsOf(matcher.mask());
    assert.deepEqual(ids, allowed(grammar, vocabulary, before));
    const id = ids[Math.floor(random() * ids.length)];
    if (id === undefined || vocabulary.isEndOfGeneration(id) || random() < 0.2) {
      // Back to an earlier place.
      const count = Math.floor(random() * (lengths.length + 1));
      matcher.rollback(count);
      for (let k = 0; k < count; k++) before.length -= lengths.pop() as number;
      continue;
    }
    assert.equal(matcher.accept(id), true);
    const bytes = vocabulary.bytesOf(id);
    lengths.push(bytes.length);
    before.push(...bytes);
    assert.equal(matcher.length, lengths.length);
  }
}

const WORDS = [
  "",
  "a",
  "b",
  "ab",
  "ba",
  "aa",
  "bb",
  "aab",
  "abab",
  "a",
  "babba",
  "aaaaaaaaa",
  "ababababababab",
  "c",
  "bc",
];
const SMALL = vocabularyOf([...WORDS, "b".repeat(40), "</s>"]);

test("masks are what single tokens say, for random grammars at random places, back and forth", () => {
  const random = seededRandom(21);
  for (let round = 0; round < (isWhole ? 100 : 40); round++) {
    const trees = randomTrees(random, "ab");
    let grammar: Grammar;
    try {
      grammar = new Grammar(() => toRules(trees));
    } catch {
      continue;
    }
    walk(grammar, SMALL, random, 12);
  }
});

test("masks are what single tokens say, for random languages with intersections, complements and counts", () => {
  const random = seededRandom(22);
  for (let round = 0; round < (isWhole ? 100 : 40); round++) {
    const node = sequence(
      terminal(toRegular(randomExpression(random, 3, round % 2 === 0))),
      repetition(terminal(toRegular(randomExpression(random, 2, true))), round % 3, INFINITY),
    );
    let grammar: Grammar;
    try {
      grammar = grammarOf(node);
    } catch {
      continue;
    }
    walk(grammar, SMALL, random, 8);
  }
});

test("tokens may begin and end inside a character", () => {
  const random = seededRandom(23);
  const pieces = ["", "é", "日", "日本", "x", " ", "😀"].map((piece) => Uint8Array.from(utf8(piece)));
  const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
  const parts = [utf8("日").slice(1), utf8("😀").slice(0, 2), [...utf8("é").slice(1), 0x20], [...utf8("日"), 0xe6]];
  const vocabulary = vocabularyOf([...pieces, ...bytes, ...parts.map((part) => Uint8Array.from(part)), "</s>"]);
  for (const source of ["[é日😀]{2,5}", "(日本|日)+ ?x*", "[^a-z]{0,3}😀", "\\p{L}+"]) {
    walk(Grammar.fromRegex(source), vocabulary, random, 25);
  }
});

test("masks are what single tokens say where most bytes lead back to one state", () => {
  const random = seededRandom(24);
  const letters = ["n", "a", "m", "e", "s", '"', ",", " ", "x", "\\", "é", "0"];
  const letter = () => letters[Math.floor(random() * letters.length)] as string;
  const made = Array.from({ length: 400 }, () => Array.from({ length: 2 + Math.floor(random() * 5) }, letter).join(""));
  const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
  const vocabulary = vocabularyOf([...bytes, ...new Set(made), '"name', 'name"', 'names":', 'x"', "</s>"]);
  const character = regexLanguage('[^"\\\\\\n]|\\\\.', { meaning: "whole" });
  const any = (min: number, max: number) => repeated(character, min, max);
  const free = [
    difference(any(0, INFINITY), texts(["name", "names", "a"])),
    difference(any(0, INFINITY), concatenation(text("na"), any(1, 3))),
    difference(any(1, INFINITY), regexLanguage("[a-e]+", { meaning: "whole" })),
    intersection(any(2, 40), regexLanguage("na|x", { meaning: "search" })),
    any(2, 12),
  ];
  for (const language of free) {
    const quoted = terminal(concatenation(text('"'), language, text('"')));
    const list = sequence(quoted, repetition(sequence(word(","), quoted), 0, INFINITY));
    for (let round = 0; round < (isWhole ? 6 : 2); round++) walk(grammarOf(list), vocabulary, random, 12);
  }
});

test("a text ends where it is whole, and then nothing follows", () => {
  const matcher = Grammar.fromRegex("a(ba)?").createMatcher(vocabularyOf(["a", "b", "ab", "ba", "", "</s>"]));
  assert.deepEqual(idsOf(matcher.mask()), [0, 2]);
  assert.equal(matcher.isComplete, false);
  assert.equal(matcher.accept(5), false, "not yet");
  assert.equal(matcher.accept(4), false, "a control token");
  assert.equal(matcher.accept(0), true);
  assert.equal(matcher.isComplete, true);
  assert.equal(matcher.isOver, false);
  assert.deepEqual(idsOf(matcher.mask()), [1, 3, 5]);
  assert.equal(matcher.accept(5), true);
  assert.deepEqual([matcher.hasEnded, matcher.isComplete, matcher.isOver, matcher.length], [true, true, true, 2]);
  assert.deepEqual(idsOf(matcher.mask()), []);
  assert.equal(matcher.accept(0), false);
  matcher.rollback(1);
  assert.equal(matcher.accept(3), true);
  assert.deepEqual(idsOf(matcher.mask()), [5]);
  assert.equal(matcher.isOver, true);
  matcher.rollback(99);
  assert.deepEqual(idsOf(matcher.mask()), [0, 2]);
});

test("a clone goes its own way", () => {
  const matcher = Grammar.fromRegex("[ab]{3}").createMatcher(vocabularyOf(["a", "b", "</s>"]));
  matcher.accept(0);
  const clone = matcher.clone();
  clone.accept(1);
  clone.accept(1);
  assert.deepEqual([matcher.length, clone.length, clone.isComplete, matcher.isComplete], [1, 3, true, false]);
});

test("what must follow is known as far as it must", () => {
  const vocabulary = vocabularyOf([...'{}"ameg:,0123456789né', "</s>"]);
  const number = Grammar.fromRegex('\\{"name":(\\d+,|null)é{2}\\}');
  const matcher = number.createMatcher(vocabulary);
  const forced = () => new TextDecoder().decode(matcher.forcedBytes());
  assert.equal(forced(), '{"name":');
  for (const letter of '{"name":') assert.equal(matcher.accept([...'{}"ameg:,0123456789né'].indexOf(letter)), true);
  assert.equal(forced(), "");
  assert.equal(matcher.accept(19), true, "n");
  assert.equal(forced(), "ulléé}");
  matcher.rollback(1);
  matcher.accept(9);
  assert.equal(forced(), "");
  matcher.accept(8);
  assert.equal(forced(), "éé}");
  // Where the text may end, nothing is forced; nor is more than a beginning of characters that begin alike.
  assert.equal(Grammar.fromRegex("a(bc)?").createMatcher(vocabulary).forcedBytes().length, 1);
  assert.deepEqual([...Grammar.fromRegex("[日本]").createMatcher(vocabulary).forcedBytes()], [0xe6]);
  // Endless text is cut off.
  assert.equal(Grammar.fromRegex("a{100000}").createMatcher(vocabulary).forcedBytes().length, 4096);
});

test("token terminals stand for tokens and nothing else", () => {
  const vocabulary = vocabularyOf(["<think>", "</think>", "a", "b", "ab", "<", "", "</s>"]);
  const inner = repetition(token(["</think>"], true), 0, INFINITY);
  const grammar = grammarOf(sequence(token(["<think>"]), inner, token([1]), word("ab")));
  const matcher = grammar.createMatcher(vocabulary);
  const ids = () => idsOf(matcher.mask());
  assert.deepEqual(ids(), [0]);
  assert.equal(matcher.accept(5), false);
  assert.equal(matcher.accept(0), true);
  assert.deepEqual(ids(), [0, 1, 2, 3, 4, 5, 6]);
  assert.equal(matcher.forcedBytes().length, 0);
  for (const id of [6, 4, 0, 1]) assert.equal(matcher.accept(id), true);
  assert.deepEqual(ids(), [2, 4]);
  assert.equal(matcher.accept(2), true);
  assert.deepEqual(ids(), [3]);
  assert.equal(matcher.accept(3), true);
  assert.deepEqual(ids(), [7]);
  assert.throws(() => grammar.test("ab"), { code: "grammar", message: /names tokens of a model/ });
});

test("a token may be read as itself and as text at once", () => {
  const vocabulary = vocabularyOf(["ab", "a", "b", "c", "d", "</s>"]);
  const grammar = grammarOf(choice(sequence(token([0]), word("c")), sequence(word("ab"), word("d"))));
  const matcher = grammar.createMatcher(vocabulary);
  matcher.accept(0);
  assert.deepEqual(idsOf(matcher.mask()), [3, 4]);
  matcher.rollback(1);
  matcher.accept(1);
  matcher.accept(2);
  assert.deepEqual(idsOf(matcher.mask()), [4]);
});

test("bytes can be tried before they are taken", () => {
  const matcher = Grammar.fromRegex("ab?").createMatcher(vocabularyOf(["a", "b", "</s>"]));
  const allows = (value: string) => matcher.allows(Uint8Array.from(utf8(value)));
  assert.deepEqual(["", "a", "ab", "b", "abb"].map(allows), [true, true, true, false, false]);
  matcher.accept(0);
  assert.deepEqual(["b", "a"].map(allows), [true, false]);
});

test("a token that ends the generation cannot be named, but can be excluded", () => {
  const vocabulary = vocabularyOf(["a", "</s>"]);
  assert.throws(() => grammarOf(token(["</s>"])).createMatcher(vocabulary), {
    code: "grammar",
    message: /leave it out/,
  });
  const others = grammarOf(token(["</s>"], true)).createMatcher(vocabulary);
  assert.deepEqual(idsOf(others.mask()), [0]);
});

test("tokens that the vocabulary has not are refused", () => {
  const vocabulary = vocabularyOf(["a", "</s>"]);
  assert.throws(() => grammarOf(token([2])).createMatcher(vocabulary), { code: "grammar", message: /names token 2/ });
  assert.throws(() => grammarOf(token(["<b>"])).createMatcher(vocabulary), { code: "grammar", message: /"<b>"/ });
});

test("a vocabulary that cannot spell what must follow allows nothing", () => {
  const matcher: Matcher = Grammar.fromRegex("ab").createMatcher(vocabularyOf(["a", "c", "</s>"]));
  assert.equal(matcher.accept(0), true);
  assert.deepEqual(idsOf(matcher.mask()), []);
  assert.equal(matcher.isComplete, false);
});

test("a grammar that is followed for long finds its way when its caches are emptied", () => {
  const nested = new Rule("nested");
  nested.body = choice(sequence(word("("), nested, word(")")), word("x"));
  const grammar = grammarOf(repetition(nested, 0, 20_000));
  const matcher = grammar.createMatcher(vocabularyOf(["x", "(", ")", "(x", "</s>"]));
  // Every state is new, for the count goes on.
  for (let i = 0; i < 60_000; i++) assert.equal(matcher.accept([1, 0, 2][i % 3] as number), true, `${i}`);
  assert.deepEqual(idsOf(matcher.mask()), [4]);
  assert.equal(matcher.accept(0), false);
  matcher.rollback(59_999);
  assert.deepEqual(idsOf(matcher.mask()), [0, 1, 3]);
});
