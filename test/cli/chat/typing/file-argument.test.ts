import assert from "node:assert/strict";
import { homedir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathOf, quotedPath, splitPath } from "#dist/cli/chat/typing/file-argument.js";

const isPosix = { skip: process.platform === "win32" };

test("a path is read with its quotes, escapes and home folder", isPosix, () => {
  assert.deepEqual(splitPath('"a b.txt" and this'), ["a b.txt", "and this"]);
  assert.deepEqual(splitPath("a\\ b.txt and this"), ["a b.txt", "and this"]);
  assert.deepEqual(splitPath("'a b'"), ["a b", ""]);
  assert.equal(pathOf("~/x.json"), join(homedir(), "x.json"));
  assert.equal(pathOf("a name of many words.json"), "a name of many words.json");
  assert.equal(splitPath(quotedPath(`it's "a\\b".txt`))[0], `it's "a\\b".txt`);
});
