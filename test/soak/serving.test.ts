import assert from "node:assert/strict";
import { test } from "node:test";
import { bundledModelPath } from "#dist/bundled-model.js";
import { isWhole } from "../helpers/long.js";
import { loadServer, type ServedUntilNow } from "./serving.js";

test("a server under load answers everybody as the library does, whatever others do to it, and ends in order", async () => {
  let last: ServedUntilNow | undefined;
  for await (const row of loadServer(bundledModelPath, 12, isWhole ? 4 : 2, 2, 21)) last = row;
  assert.ok(last !== undefined);
  assert.deepEqual(last.wrong, []);
  assert.ok(last.answers > 20 && last.cancelled > 0 && last.refused > 0, JSON.stringify(last));
});
