import assert from "node:assert/strict";
import { test } from "node:test";
import { LlamaError } from "#dist/errors.js";
import { type PhraseMatch, Phrases } from "#dist/tokenizer/phrases.js";
import { seededRandom } from "../helpers/random.js";

const found = (phrases: readonly string[], text: string) => [...new Phrases(phrases).in(text)];

/** The definition, word for word. */
function searched(phrases: readonly string[], text: string): PhraseMatch[] {
  const matches: PhraseMatch[] = [];
  for (let at = 0; at < text.length; ) {
    const here = phrases.filter((phrase) => phrase !== "" && text.startsWith(phrase, at));
    const longest = here.sort((a, b) => b.length - a.length)[0];
    if (longest !== undefined) matches.push({ text: longest, at });
    at += longest?.length ?? 1;
  }
  return matches;
}

test("at each place the longest phrase is found, from left to right", () => {
  assert.deepEqual(found(["[INST]", "[/INST]", "[INST]]"], "a[INST]]b[/INST][INST"), [
    { text: "[INST]]", at: 1 },
    { text: "[/INST]", at: 9 },
  ]);
  assert.deepEqual(found(["ab", "abcd", "bc"], "abcabcd"), [
    { text: "ab", at: 0 },
    { text: "abcd", at: 3 },
  ]);
  assert.deepEqual(found([], "abc"), []);
  assert.deepEqual(found(["", "\u{1f600}"], "\u{1f600}\ud83d"), [{ text: "\u{1f600}", at: 0 }]);
});

test("random phrases are found in random texts as the definition says", () => {
  const random = seededRandom(3);
  const word = (limit: number) =>
    Array.from({ length: Math.floor(random() * limit) }, () => "ab<"[Math.floor(random() * 3)]).join("");
  for (let round = 0; round < 500; round++) {
    const phrases = Array.from({ length: 1 + Math.floor(random() * 8) }, () => word(6));
    const text = word(60);
    assert.deepEqual(found(phrases, text), searched(phrases, text), JSON.stringify([phrases, text]));
  }
});

test("a megabyte that nearly matches many long phrases everywhere takes no more steps than any other", () => {
  const phrases = Array.from({ length: 126 }, (_, index) => `${"\n".repeat(index + 1)}!`);
  assert.deepEqual(found(phrases, "\n".repeat(1 << 20)), []);
  assert.equal(found(phrases, `${"\n".repeat(1 << 20)}!`)[0]?.at, (1 << 20) - 126);
  const many = Array.from({ length: 200_000 }, (_, index) => `<m${index}>`);
  assert.deepEqual(found(many, "hi <m199999>"), [{ text: "<m199999>", at: 3 }]);
});

test("more phrases than any model has are refused", () => {
  const phrases = Array.from({ length: 40_000 }, (_, index) => `${String(index).padStart(5, "0")}${"x".repeat(60)}`);
  const backwards = phrases.map((phrase) => [...phrase].reverse().join(""));
  assert.throws(
    () => new Phrases(phrases.map((phrase, index) => phrase + backwards[index])),
    (error) =>
      error instanceof LlamaError && error.code === "model" && /more than 2097152 characters/.test(error.message),
  );
});
