import assert from "node:assert/strict";
import { test } from "node:test";
import { Occurrences } from "#dist/occurrences.js";
import { seededRandom } from "./helpers/random.js";

test("finds a text wherever it ends, and how much of it has begun", () => {
  const random = seededRandom(5);
  const letters = (count: number) => Array.from({ length: count }, () => Math.floor(random() * 2));
  const isEnd = (text: readonly number[], end: readonly number[]) =>
    end.length <= text.length && end.every((unit, i) => text[text.length - end.length + i] === unit);
  for (let round = 0; round < 300; round++) {
    const wanted = letters(1 + Math.floor(random() * 6));
    const found = new Occurrences(wanted);
    const text: number[] = [];
    for (const unit of letters(40)) {
      text.push(unit);
      const clone = found.clone();
      assert.equal(found.take(unit), isEnd(text, wanted));
      assert.equal(clone.take(unit), found.matched === wanted.length);
      const begun = wanted.map((_, i) => i + 1).filter((length) => isEnd(text, wanted.slice(0, length)));
      assert.equal(found.matched, begun.at(-1) ?? 0);
    }
    found.reset();
    assert.equal(found.matched, 0);
  }
});
