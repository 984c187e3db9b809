import assert from "node:assert/strict";
import { test } from "node:test";
import { secondsLeft } from "#dist/cli/show/time-left.js";

test("the time that is left follows from what was done, once that says something", () => {
  assert.equal(secondsLeft(0.5, 500), undefined);
  assert.equal(secondsLeft(0.001, 5000), undefined);
  assert.equal(secondsLeft(0.25, 10_000), 30);
  assert.equal(secondsLeft(1, 10_000), 0);
});
