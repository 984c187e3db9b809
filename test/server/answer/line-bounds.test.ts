import assert from "node:assert/strict";
import { test } from "node:test";
import { LineBounds } from "#dist/server/answer/line-bounds.js";

/** What is let through of a text that comes in pieces of a size. */
function bounded(text: string, indent: number, size: number): { text: string; isOver: boolean } {
  const bounds = new LineBounds({ indent, milliseconds: 0 });
  let passed = "";
  for (let at = 0; at < text.length && !bounds.isOver; at += size) passed += bounds.push(text.slice(at, at + size));
  passed += bounds.end();
  assert.equal(passed, bounds.text);
  return { text: passed, isOver: bounds.isOver };
}

test("an answer ends before a line that is indented less, however it is cut into pieces", () => {
  for (let size = 1; size < 12; size++) {
    assert.deepEqual(bounded("a();\n    b();\n}\nc", 4, size), { text: "a();\n    b();", isOver: true });
    assert.deepEqual(bounded("a\n\n  b\n\nc", 2, size), { text: "a\n\n  b\n", isOver: true });
    assert.deepEqual(bounded("a\n\t\tb\n  ", 2, size), { text: "a\n\t\tb\n  ", isOver: false });
    assert.deepEqual(bounded("a\n", 1, size), { text: "a\n", isOver: false });
    assert.deepEqual(bounded("one line", 8, size), { text: "one line", isOver: false });
  }
});

test("after its time an answer ends, once it has a line", async () => {
  const bounds = new LineBounds({ indent: 0, milliseconds: 5 });
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(bounds.push("a"), "a");
  assert.equal(bounds.isOver, false);
  assert.equal(bounds.push("\nb"), "\nb");
  assert.equal(bounds.isOver, true);
});
