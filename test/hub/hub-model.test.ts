import assert from "node:assert/strict";
import { readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { scanCacheDir } from "@huggingface/hub";
import { findModel } from "#dist/hub/find-model.js";
import { newHome } from "../helpers/hub-options.js";
import { HubServer, sha256 } from "../helpers/hub-server.js";
import { seededBytes } from "../helpers/random.js";

const server = await HubServer.start();
const q4 = seededBytes(1, 300_000);
const q8 = seededBytes(2, 500_000);

test("a model is fetched into the hub's cache as other programs lay it out, and found there the next time", async () => {
  const home = newHome(server);
  const commit = server.commit("tiny/model", { "README.md": "hello", "m-Q4_K_M.gguf": q4, "m-Q8_0.gguf": q8 });
  const { path, name } = await findModel("hf:tiny/model", home.options());
  assert.equal(name, "hf:tiny/model");
  const folder = join(home.hub, "models--tiny--model");
  assert.equal(path, join(folder, "snapshots", commit, "m-Q4_K_M.gguf"));
  assert.deepEqual(readFileSync(path), q4);
  assert.equal(readlinkSync(path), join("..", "..", "blobs", sha256(q4)));
  assert.equal(readFileSync(join(folder, "refs", "main"), "utf8"), commit);
  const scan = await scanCacheDir(home.hub);
  assert.deepEqual(scan.warnings, []);
  assert.equal(scan.size, q4.length);
  server.seen.length = 0;
  assert.equal((await findModel("hf:tiny/model", home.options())).path, path);
  assert.ok(server.seen.every((request) => request.at === "hub" && request.path.startsWith("/api/")));
});
