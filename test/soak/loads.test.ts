import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { isWhole } from "../helpers/long.js";
import { fixtureModel, writeFixture } from "../helpers/model-fixture.js";
import { temporaryFolder } from "../helpers/temporary.js";
import { loadAndDispose, type TakenByLoads } from "./loads.js";

test("models that come and go, at work or not, leave no memory and no open file behind", async () => {
  const path = join(temporaryFolder(), "model.gguf");
  writeFixture(path, fixtureModel({ type: "Q8_0" }));
  const every = isWhole ? 4 : 2;
  const seen: TakenByLoads[] = [];
  for await (const taken of loadAndDispose(path, 3 * every, every)) seen.push(taken);
  assert.deepEqual(
    seen.map(({ memories }) => memories),
    [0, 0, 0],
  );
  assert.equal(seen[2]?.files, seen[0]?.files);
});
