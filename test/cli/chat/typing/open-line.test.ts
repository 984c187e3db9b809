import assert from "node:assert/strict";
import { test } from "node:test";
import { cursorAbove, cursorBelow } from "#dist/cli/chat/typing/open-line.js";

test("the cursor moves between the lines of a message, in its column as far as there is one", () => {
  const text = "first\nab\nthird";
  assert.equal(cursorAbove(text, 3), undefined);
  assert.equal(cursorAbove(text, text.indexOf("third") + 4), "first\nab".length);
  assert.equal(cursorAbove(text, "first\na".length), 1);
  assert.equal(cursorBelow(text, 4), "first\nab".length);
  assert.equal(cursorBelow(text, "first\na".length), text.indexOf("third") + 1);
  assert.equal(cursorBelow(text, text.length), undefined);
  assert.equal(cursorAbove("\nx", 1), 0);
  assert.equal(cursorBelow("\nx", 0), 1);
});
