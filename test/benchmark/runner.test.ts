import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { measureReadBandwidth } from "#dist/benchmark/bandwidth.js";
import { type BenchmarkPlan, type BenchmarkResult, runBenchmark } from "#dist/benchmark/runner.js";
import { getShape, type ModelShape } from "#dist/benchmark/shapes.js";
import { testName } from "#dist/benchmark/speed-test.js";
import { spread } from "../helpers/long.js";
import { fixtureModel, writeFixture } from "../helpers/model-fixture.js";
import { temporaryFolder } from "../helpers/temporary.js";

const path = join(temporaryFolder(), "model.gguf");
writeFixture(path, fixtureModel({ type: "Q8_0" }));

const PLAN: BenchmarkPlan = {
  models: [{ kind: "file", path }],
  tests: [
    { promptTokens: 8, generatedTokens: 0, depth: 0 },
    { promptTokens: 0, generatedTokens: 2, depth: 4 },
  ],
  threads: [1],
  batchSizes: [undefined],
  cacheTypesK: [undefined],
  cacheTypesV: [undefined],
  kernels: [undefined],
  repetitions: 1,
  warmup: false,
  bandwidth: false,
};

/** Made anew for every engine, and so no larger than it must be. */
const SMALL: ModelShape = {
  ...getShape("stories15m", 1),
  ...{ name: "small", dim: 64, heads: 4, kvHeads: 2, hiddenDim: 96, vocabularySize: 300 },
};

async function resultsOf(plan: BenchmarkPlan): Promise<BenchmarkResult[]> {
  const results: BenchmarkResult[] = [];
  for await (const result of runBenchmark(plan)) results.push(result);
  return results;
}

test("every combination is measured once", async () => {
  // Each has an engine of its own; that threads and cache types are combined, too, is a test of the command.
  const threads = spread([2, 1], 1);
  const cacheTypesK = spread(["f32", "f16"] as const, 1);
  const results = await resultsOf({
    ...PLAN,
    models: [...PLAN.models, { kind: "shape", shape: SMALL, typeName: "q4_0" }],
    threads,
    batchSizes: [4, 512],
    cacheTypesK,
    kernels: ["relaxed", "simd"],
  });
  const kinds = results.map(({ model, test: { depth }, threads, batchSize, cacheTypeK, cacheTypeV, kernels }) =>
    [model.name, depth, threads, batchSize, cacheTypeK, cacheTypeV, kernels].join(" "),
  );
  assert.equal(kinds.length, 2 * 2 * 2 * 2 * threads.length * cacheTypesK.length);
  assert.equal(new Set(kinds).size, kinds.length);
  assert.ok(kinds.includes("random small 4 2 512 f32 f16 simd"));
});

test("a result says what was measured", async () => {
  const [prompt, generated] = await resultsOf(PLAN);
  assert.ok(prompt && generated);
  assert.equal(testName(prompt.test), "pp8");
  assert.equal(prompt.model.name, "seeded 1");
  assert.equal(prompt.model.type, "Q8_0");
  assert.equal(prompt.batchSize, 512);
  assert.equal(prompt.readBandwidth, undefined);
  assert.ok(prompt.bytesRead > 0);
  assert.notEqual(prompt.logitsHash, generated.logitsHash);
});

test("memory is measured beside the model where it is asked for", async () => {
  const [result] = await resultsOf({ ...PLAN, tests: PLAN.tests.slice(0, 1), bandwidth: true });
  assert.ok((result?.readBandwidth ?? 0) > 0);
});

test("an aborted measurement of memory ends", async () => {
  await assert.rejects(measureReadBandwidth(1, AbortSignal.abort(new Error("enough"))), /enough/);
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error("enough")), 5);
  await assert.rejects(measureReadBandwidth(2, controller.signal), /enough/);
});

test("a model beyond the limit is refused before anything is allocated", async () => {
  const models = [{ kind: "shape", shape: getShape("70b"), typeName: "f32" }] as const;
  await assert.rejects(resultsOf({ ...PLAN, models, memoryLimit: 2 ** 33 }), { code: "memory" });
});
