import assert from "node:assert/strict";
import { test } from "node:test";
import { Recall } from "#dist/cli/chat/typing/recall.js";

test("Up and Down walk through what was typed, and back to the draft", () => {
  const recall = new Recall(["one", "two"]);
  assert.equal(recall.newer(), undefined);
  assert.equal(recall.older("draft"), "two");
  assert.equal(recall.older("two, changed"), "one");
  assert.equal(recall.older("one"), undefined);
  assert.equal(recall.newer(), "two");
  assert.equal(recall.newer(), "draft");
  assert.equal(recall.newer(), undefined);
});

test("a search goes back from the newest entry, letter by letter, and further when asked again", () => {
  const recall = new Recall(["git status", "write a poem", "git commit", "bye"]);
  const search = recall.search("draft");
  assert.deepEqual([search.line, search.cursor, search.isFound], ["draft", 5, true]);
  search.extend("i");
  assert.deepEqual([search.line, search.cursor], ["git commit", 1]);
  search.extend("t");
  assert.equal(search.line, "git commit");
  search.older();
  assert.equal(search.line, "write a poem");
  search.extend(" s");
  assert.deepEqual([search.line, search.isFound, search.query], ["git status", true, "it s"]);
  search.extend("x");
  assert.deepEqual([search.line, search.isFound], ["git status", false]);
  search.shorten();
  assert.deepEqual([search.line, search.isFound, search.query], ["git status", true, "it s"]);
  search.older();
  assert.deepEqual([search.line, search.isFound], ["git status", false]);
  search.accept();
  assert.equal(recall.newer(), "write a poem");
  assert.equal(recall.older("write a poem"), "git status");
  for (const _ of [1, 2, 3]) recall.newer();
  assert.equal(recall.newer(), "draft");
});

test("a search that finds nothing leaves what was being typed", () => {
  const recall = new Recall(["one"]);
  const search = recall.search("draft");
  search.older();
  assert.equal(search.line, "draft");
  search.extend("z");
  assert.deepEqual([search.line, search.isFound, search.draft], ["draft", false, "draft"]);
  search.shorten();
  assert.deepEqual([search.line, search.isFound, search.query], ["draft", true, ""]);
  search.shorten();
  search.accept();
  assert.equal(recall.newer(), undefined);
});
