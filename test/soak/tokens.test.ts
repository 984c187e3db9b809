import assert from "node:assert/strict";
import { test } from "node:test";
import { bundledModelPath } from "#dist/bundled-model.js";
import { generateTokens, type TakenAfter } from "./tokens.js";

test("answers by the dozen, of which many end early, leave no open file and no growing heap behind", async () => {
  const seen: TakenAfter[] = [];
  for await (const taken of generateTokens(bundledModelPath, 4000, 1000)) seen.push(taken);
  assert.equal(seen.length, 4);
  assert.equal(seen[3]?.files, seen[0]?.files);
  // A session of this model that is kept would hold some hundred KiB of cache for each of some hundred answers.
  const growth = (seen[3]?.heapMiB as number) - (seen[0]?.heapMiB as number);
  assert.ok(growth <= 8, `the heap grew by ${growth} MiB`);
});
