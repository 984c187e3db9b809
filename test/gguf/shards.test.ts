import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openGguf } from "#dist/gguf/open.js";
import { type TensorToWrite, writeGguf } from "#dist/gguf/writer.js";
import { withEngine } from "../helpers/engine.js";
import { fixtureModel, u32, writeFixture } from "../helpers/model-fixture.js";
import { temporaryFolder } from "../helpers/temporary.js";

const folder = temporaryFolder();
const model = fixtureModel();
const COUNT = 3;

function path(name: string, number: number): string {
  return join(folder, `${name}-0000${number + 1}-of-0000${COUNT}.gguf`);
}

interface Changes {
  readonly number?: number;
  readonly count?: number;
  readonly tensors?: readonly TensorToWrite[];
}

/** Deals the model's tensors out to three files, one of them changed. */
function writeShards(name: string, changed = -1, changes: Changes = {}): string {
  for (let number = 0; number < COUNT; number++) {
    const change = number === changed ? changes : {};
    const metadata = new Map(number === 0 ? model.metadata : []);
    metadata.set("split.no", u32(change.number ?? number));
    metadata.set("split.count", u32(change.count ?? COUNT));
    metadata.set("split.tensors.count", u32(model.tensors.length));
    const tensors = model.tensors.filter((_, i) => i % COUNT === number);
    writeGguf(path(name, number), { metadata, tensors: change.tensors ?? tensors });
  }
  return path(name, 0);
}

test("the first shard opens all, and the model computes what the whole file does", async () => {
  const first = writeShards("good");
  const whole = join(folder, "whole.gguf");
  writeFixture(whole, model);
  assert.equal(openGguf(first).tensors.length, model.tensors.length);
  const run = (file: string) =>
    withEngine(file, { threads: 2 }, (engine) => engine.evaluate(engine.createCache(), [1, 5, 9]));
  assert.deepEqual(await run(first), await run(whole));
});

test("shards that do not belong together are refused", () => {
  assert.throws(() => openGguf(writeShards("order", 1, { number: 2 })), /expected shard 2 of 3, found shard 3 of 3/);
  assert.throws(() => openGguf(writeShards("count", 2, { count: 4 })), /expected shard 3 of 3, found shard 3 of 4/);
  assert.throws(() => openGguf(writeShards("few", 1, { tensors: [] })), /split\.tensors\.count is/);
  const twice = model.tensors.filter((_, i) => i % COUNT === 0);
  assert.throws(() => openGguf(writeShards("twice", 1, { tensors: twice })), /is in two shards/);
  const first = writeShards("missing");
  rmSync(path("missing", 2));
  assert.throws(() => openGguf(first), /no file .*missing-00003-of-00003/);
});

test("a later shard is not the model", () => {
  writeShards("later");
  assert.throws(() => openGguf(path("later", 1)), /give the first shard/);
});

test("a shard of another name cannot name its fellows", () => {
  const metadata = new Map([...model.metadata, ["split.count", u32(3)], ["split.no", u32(0)]] as const);
  const file = join(folder, "renamed.gguf");
  writeGguf(file, { metadata, tensors: model.tensors });
  assert.throws(() => openGguf(file), /must end in -00001-of-00003\.gguf/);
});
