import assert from "node:assert/strict";
import { test } from "node:test";
import { Grammar } from "#dist/grammar/grammar.js";
import { idsOf, vocabularyOf } from "./vocabulary.js";

const digits = Grammar.fromRegex("[0-9]{2}");

test("text is free until a trigger, and then it is the grammar's", () => {
  const lazy = digits.lazy({ words: ["<n>", "call:"] });
  for (const value of ["", "any <n", "日本 < n > call", "so: <n>42", "call:07", "call<n>12"]) {
    assert.equal(lazy.test(value), true, value);
  }
  for (const value of ["<n>", "<n>4", "<n>42 and", "a <n>x", "call:<n>42", "call:12<n>42"]) {
    assert.equal(lazy.test(value), false, value);
  }
});

test("text may be free again, and be triggered again", () => {
  const lazy = digits.lazy({ words: ["<n>"], repeats: true });
  for (const value of ["", "<n>42", "<n>42 and <n>43", "a<n>42b", "<n>42<n>42<"]) assert.equal(lazy.test(value), true);
  for (const value of ["<n>4", "<n>42 and <n>", "a<n>b"]) assert.equal(lazy.test(value), false, value);
});

test("a trigger that overlaps itself counts where it first occurs", () => {
  const lazy = digits.lazy({ words: ["aba"] });
  assert.equal(lazy.test("xaba12"), true);
  assert.equal(lazy.test("xababa12"), false);
});

test("a token that holds a trigger and more has to begin the grammar's text", () => {
  const vocabulary = vocabularyOf(["<n", ">", ">4", ">x", "2", "x", "", "</s>"]);
  const matcher = digits.lazy({ words: ["<n>"] }).createMatcher(vocabulary);
  assert.deepEqual(idsOf(matcher.mask()), [0, 1, 2, 3, 4, 5, 7]);
  matcher.accept(0);
  assert.deepEqual(idsOf(matcher.mask()), [0, 1, 2, 4, 5, 7]);
  matcher.accept(2);
  assert.deepEqual(idsOf(matcher.mask()), [4]);
  assert.equal(matcher.isComplete, false);
});

test("a token triggers as well", () => {
  const vocabulary = vocabularyOf(["<call>", "a", "4", "2", "", "</s>"]);
  const matcher = digits.lazy({ tokens: ["<call>"] }).createMatcher(vocabulary);
  assert.equal(matcher.accept(1), true);
  assert.equal(matcher.accept(4), false, "another control token");
  const control = vocabularyOf(["", "a", "4", "2", "</s>"]);
  const byId = digits.lazy({ tokens: [0], words: ["aa"] }).createMatcher(control);
  assert.deepEqual(idsOf(byId.mask()), [0, 1, 2, 3, 4]);
  byId.accept(1);
  byId.accept(0);
  assert.deepEqual(idsOf(byId.mask()), [2, 3]);
  byId.rollback(1);
  byId.accept(1);
  assert.deepEqual(idsOf(byId.mask()), [2, 3]);
});

test("a lazy grammar without a trigger is refused", () => {
  assert.throws(() => digits.lazy({}), { code: "grammar", message: /needs a trigger/ });
  assert.throws(() => digits.lazy({ words: [""] }), { code: "grammar", message: /empty text/ });
});
