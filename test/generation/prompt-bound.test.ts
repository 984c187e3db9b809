import assert from "node:assert/strict";
import { test } from "node:test";
import { requireChance } from "#dist/generation/prompt-bound.js";
import { sentence } from "../helpers/sentence.js";

/** A vocabulary of which the longest piece has four letters. */
const tokenizer = { size: 3, piece: (id: number) => ["a", "abcd", "ab"][id] ?? "" };

test("a text that cannot fit by its length alone is refused, and one that might is not", () => {
  const context = 25_000;
  assert.doesNotThrow(() => requireChance("x".repeat(4 * context), tokenizer, context));
  assert.throws(
    () => requireChance("x".repeat(4 * context + 1), tokenizer, context),
    sentence(
      "context",
      /^The prompt has 100001 characters, which are at least 25001 tokens; the context holds 25000, /,
    ),
  );
});

test("of a text that is soon split the number of tokens is worth knowing", () => {
  const never = { size: 1, piece: () => assert.fail("the vocabulary was looked through") as never };
  assert.doesNotThrow(() => requireChance("x".repeat(1 << 16), never, 1));
});
