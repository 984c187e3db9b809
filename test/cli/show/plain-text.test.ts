import assert from "node:assert/strict";
import { test } from "node:test";
import { toJson } from "#dist/cli/show/json.js";
import { withoutControls } from "#dist/cli/show/plain-text.js";

test("of text neither control characters nor overrides of its direction are left", () => {
  assert.equal(withoutControls("a\u001b[31m\u007f\u009b\r\nb\tc\u202e\u2066d\u2069"), "a[31m\nb\tcd");
  // Letters, marks and joined emoji are text.
  const text = "שלום\u200f 👩‍👩‍👧 e\u0301 ﷽";
  assert.equal(withoutControls(text), text);
});

test("JSON is ASCII where a terminal would listen, and the same value", () => {
  const value = { "\u009b": ["\u001b\u007f\u0085\u202e\u2066\u200e\u2028\ufeff\u061c", "é 😀"] };
  const text = toJson(value);
  assert.doesNotMatch(text, /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u);
  assert.ok(text.includes("é 😀"));
  assert.deepEqual(JSON.parse(text), value);
  assert.equal(toJson([1], 2), "[\n  1\n]");
});
