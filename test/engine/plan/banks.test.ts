import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { planMemory } from "#dist/engine/plan/banks.js";
import type { EngineShape } from "#dist/engine/plan/engine-shape.js";
import { LOGIT_ROWS } from "#dist/engine/plan/engine-shape.js";
import type { MemoryPlan } from "#dist/engine/plan/memory-plan.js";
import { memoryNeed } from "#dist/engine/plan/need.js";
import { placedBytes } from "#dist/engine/plan/placed.js";
import { openGguf } from "#dist/gguf/open.js";
import { Formats } from "#dist/kernels/formats.js";
import { kernelsForSizes } from "#dist/kernels/load.js";
import { readConfig } from "#dist/model/config.js";
import { findWeights } from "#dist/model/weights.js";
import { type FixtureShape, fixtureModel, writeFixture } from "../../helpers/model-fixture.js";
import { temporaryFolder } from "../../helpers/temporary.js";

const folder = temporaryFolder();
const kernels = kernelsForSizes();
const formats = new Formats(kernels);

const SHAPE: EngineShape = {
  workers: 2,
  contextSize: 64,
  sequences: 1,
  batchSize: 16,
  cacheTypes: { key: "f16", value: "f16" },
  kernels,
  controlBytes: 320,
  maxBankBytes: 2 ** 32,
};

function planned(model: Partial<FixtureShape>, shape: Partial<EngineShape> = {}) {
  const path = join(folder, `${JSON.stringify(model).replaceAll(/\W/g, "-")}.gguf`);
  writeFixture(path, fixtureModel(model));
  const file = openGguf(path);
  const config = readConfig(file.metadata);
  const weights = findWeights(file, config);
  return { file, config, plan: planMemory(config, weights, { ...SHAPE, ...shape }) };
}

/** Every stretch of a bank that the plan gives to something, by what it is for. */
function stretches(plan: MemoryPlan, vocabulary: number, bank: number): [what: string, from: number, bytes: number][] {
  const { scratch } = plan.banks[bank] as MemoryPlan["banks"][number];
  const found: [string, number, number][] = plan.tensors
    .filter((tensor) => tensor.bank === bank)
    .map((tensor) => [
      tensor.info.name,
      tensor.address,
      tensor.isPacked ? placedBytes(formats, tensor.info) : tensor.rows * tensor.rowBytes,
    ]);
  if (bank === 0) found.push(["control", plan.control, SHAPE.controlBytes]);
  if (bank === plan.banks.length - 1) found.push(["logits", plan.logits, LOGIT_ROWS * vocabulary * 4]);
  for (const [worker, own] of scratch.perWorker.entries()) {
    found.push([`workspace ${worker}`, own.workspace, scratch.workspaceBytes]);
    found.push([`attention ${worker}`, own.attention, kernels.attentionBytes(16)]);
  }
  const { x, projected, query, attended, key, value, gate, up } = scratch;
  for (const [what, at, width] of [
    ["x", x, 64],
    ["projected", projected, 64],
    ["query", query, 64],
    ["attended", attended, 64],
    ["key", key, 32],
    ["value", value, 32],
    ["gate", gate, 96],
    ["up", up, 96],
  ] as const) {
    found.push([what, at, SHAPE.batchSize * width * 4]);
  }
  return found.sort((a, b) => a[1] - b[1]);
}

test("nothing in a bank lies on anything else, and all of it on whole cache lines", () => {
  for (const model of [{ type: "Q8_0" }, { type: "Q4_0", tied: true }, { type: "F32", layers: 5 }]) {
    for (const maxBankBytes of [2 ** 32, 500_000]) {
      const { plan, config } = planned(model, { maxBankBytes });
      for (const [bank, { bytes }] of plan.banks.entries()) {
        let end = kernels.heapBase();
        for (const [what, from, size] of stretches(plan, config.vocabularySize, bank)) {
          assert.ok(from >= end, `${what} at ${from} in bank ${bank}, and what lies before it ends at ${end}`);
          assert.equal(from % 64, 0, what);
          end = from + size;
        }
        assert.ok(end <= bytes);
      }
    }
  }
});

test("every tensor has one place, and layers go from bank to bank in their order", () => {
  const { plan, file } = planned({ type: "Q8_0", layers: 7 }, { maxBankBytes: 300_000 });
  assert.ok(plan.banks.length > 2, `${plan.banks.length} banks`);
  const names = plan.tensors.map(({ info }) => info.name);
  assert.deepEqual(names.toSorted(), file.tensors.map(({ name }) => name).toSorted());
  const layers = plan.banks.flatMap((bank) => bank.layers.map(({ query }) => query.info.name));
  assert.deepEqual(
    layers,
    Array.from({ length: 7 }, (_, i) => `blk.${i}.attn_q.weight`),
  );
  assert.equal(plan.output.bank, plan.banks.length - 1);
});

test("banks have room for as many caches as are planned for", () => {
  const maxBankBytes = 700_000;
  const one = planned({ type: "Q8_0", layers: 8 }, { maxBankBytes });
  const four = planned({ type: "Q8_0", layers: 8 }, { maxBankBytes, sequences: 4 });
  assert.ok(four.plan.banks.length > one.plan.banks.length);
  for (const { bytes, cacheBytes } of four.plan.banks) assert.ok(bytes + 4 * cacheBytes <= maxBankBytes);
});

test("the need is the sum of its parts", () => {
  const { plan } = planned({ type: "Q8_0" });
  const { weights, scratch, cache, total } = memoryNeed(plan);
  assert.equal(weights + scratch + cache, total);
  // 2 layers of 2 KV heads, 64 keys and values of 16 numbers with a scale.
  assert.equal(cache, 2 * 2 * 2 * 64 * (16 * 2 + 4));
});

test("a layer that no bank can hold is refused with sizes that fit", () => {
  assert.throws(() => planned({ type: "F32" }, { maxBankBytes: 100_000 }), {
    code: "memory",
    message: /^Memory bank \d would need [\d.]+ KiB, and a bank has 97\.7 KiB/,
  });
});
