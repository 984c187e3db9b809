import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { Engine } from "#dist/engine/engine.js";
import { openGguf } from "#dist/gguf/open.js";
import { type AdapterShape, fixtureAdapter, merged, writeAdapter } from "../helpers/adapter-fixture.js";
import { CORNERS, withEngine } from "../helpers/engine.js";
import { inTurn, isWhole, spread } from "../helpers/long.js";
import { type FixtureShape, fixtureModel, writeFixture } from "../helpers/model-fixture.js";
import { seededRandom } from "../helpers/random.js";
import { ScalarModel } from "../helpers/scalar-model.js";
import { temporaryFolder } from "../helpers/temporary.js";
import { assertNmse, DENSE_NMSE } from "../helpers/tolerance.js";

const folder = temporaryFolder();

/** Rounding activations to int8, as without an adapter. */
const INT8_NMSE = 5e-3;

const random = seededRandom(3);
const TOKENS = Array.from({ length: 11 }, () => Math.floor(random() * 290));

interface Case {
  readonly what: string;
  readonly model?: Partial<FixtureShape>;
  readonly adapter?: AdapterShape;
  readonly limit?: number;
}

const CASES: readonly Case[] = [
  { what: "all matrices" },
  { what: "attention alone", adapter: { changes: (name) => name.includes("attn_") } },
  { what: "the output alone", adapter: { changes: (name) => name === "output.weight" } },
  { what: "the token embedding alone", adapter: { changes: (name) => name === "token_embd.weight" } },
  { what: "one layer", adapter: { changes: (name) => name.startsWith("blk.1.") } },
  { what: "F16", adapter: { type: "F16", rank: 8 } },
  { what: "BF16, without an alpha", adapter: { type: "BF16", alpha: 0 } },
  { what: "rank 1", adapter: { rank: 1, type: "F16" } },
  { what: "a rank that no vector divides", adapter: { rank: 7 } },
  { what: "tied embeddings", model: { tied: true } },
  { what: "a mixture", model: { experts: 4, expertsUsed: 2 } },
  {
    what: "a mixture with tensors apart, some of them changed",
    model: { experts: 3, expertsUsed: 2, isSplit: true },
    adapter: { changes: (name) => !/ffn_(gate|up)\.1|attn_v/.test(name) },
  },
  { what: "biases", model: { biases: ["attention", "feedForward"] } },
  {
    what: "widths that no vector divides",
    model: { dim: 54, headSize: 6, heads: 5, kvHeads: 5, hiddenDim: 35 },
    adapter: { rank: 3 },
  },
  { what: "Q8_0", model: { type: "Q8_0" }, limit: INT8_NMSE },
  { what: "Q4_0", model: { type: "Q4_0" }, adapter: { type: "F16" }, limit: INT8_NMSE },
];

for (const [index, { what, model: shape, adapter: adapterShape, limit = DENSE_NMSE }] of spread(CASES, 10).entries()) {
  test(`an adapter gives the logits of the merged weights: ${what}`, async () => {
    const model = fixtureModel(shape);
    const adapter = fixtureAdapter(model, adapterShape);
    const path = join(folder, `${what}.gguf`);
    const adapterPath = join(folder, `${what}-lora.gguf`);
    writeFixture(path, model);
    writeAdapter(adapterPath, adapter);
    const scalar = new ScalarModel(merged(model, [adapter, 0.75]));
    const exact = TOKENS.map((token) => scalar.step(token));
    const base = new ScalarModel(model);
    const without = TOKENS.map((token) => base.step(token));
    assert.throws(() => assertNmse(without.at(-1) ?? [], exact.at(-1) ?? [], 10 * limit), "the adapter changes little");
    for (const variant of inTurn([...CORNERS, { threads: 3 }], index)) {
      await withEngine(path, { ...variant, adapters: [openGguf(adapterPath)] }, async (engine) => {
        const single = engine.createCache(64, [0.75]);
        for (const [i, token] of TOKENS.entries()) {
          assertNmse(await engine.evaluate(single, [token]), exact[i] ?? [], limit, `NMSE at ${i}`);
        }
        await engine.evaluateEach(engine.createCache(64, [0.75]), TOKENS, (i, logits) => {
          assertNmse(logits, exact[i] ?? [], limit, `NMSE in a batch at ${i}`);
        });
      });
    }
  });
}

/** A model with two adapters, of which the second changes some matrices only. */
function twoAdapters(shape: Partial<FixtureShape> = {}) {
  const model = fixtureModel(shape);
  const adapters = [
    fixtureAdapter(model),
    fixtureAdapter(model, { seed: 6, rank: 2, type: "F16", changes: (name) => /attn_|ffn_up|output/.test(name) }),
  ] as const;
  const path = join(folder, "base.gguf");
  writeFixture(path, model);
  const files = adapters.map((adapter, i) => {
    const adapterPath = join(folder, `adapter-${i}.gguf`);
    writeAdapter(adapterPath, adapter);
    return openGguf(adapterPath);
  });
  return { model, adapters, path, files };
}

test("two adapters at once give the logits of both merged, in several banks too", async () => {
  const { model, adapters, path, files } = twoAdapters({ layers: 5 });
  const scalar = new ScalarModel(merged(model, [adapters[0], 0.5], [adapters[1], -1.5]));
  const exact = TOKENS.map((token) => scalar.step(token)).at(-1) ?? [];
  for (const [index, maxBankBytes] of [undefined, 420_000].entries()) {
    for (const threads of inTurn([1, 2], index)) {
      await withEngine(
        path,
        { adapters: files, threads, maxBankBytes, contextSize: 64, batchSize: 16 },
        async (engine) => {
          if (maxBankBytes !== undefined) assert.ok(engine.banks > 2, `${engine.banks} banks`);
          assertNmse(await engine.evaluate(engine.createCache(64, [0.5, -1.5]), TOKENS), exact, DENSE_NMSE);
        },
      );
    }
  }
});

/** The logits of all tokens, in a batch and one by one. */
async function allLogits(engine: Engine, scales: readonly number[]): Promise<Float32Array[]> {
  const all: Float32Array[] = [];
  await engine.evaluateEach(engine.createCache(64, scales), TOKENS, (_, logits) => all.push(logits));
  const single = engine.createCache(64, scales);
  for (const token of TOKENS) all.push(await engine.evaluate(single, [token]));
  return all;
}

test("scale 0 is the same as no adapter, bit for bit; and so is a batch the same as one by one, with any", async () => {
  const shapes = [{ type: "F32" }, { type: "Q8_0" }, { type: "Q8_0", experts: 4, expertsUsed: 2 }];
  for (const [index, shape] of shapes.entries()) {
    const { path, files } = twoAdapters(shape);
    for (const threads of inTurn([1, 2], index)) {
      const bare = await withEngine(path, { threads }, (engine) => allLogits(engine, []));
      await withEngine(path, { threads, adapters: files }, async (engine) => {
        assert.deepEqual(await allLogits(engine, [0, 0]), bare);
        assert.deepEqual(await allLogits(engine, []), bare);
        const logits = await allLogits(engine, [1, 0.25]);
        assert.deepEqual(logits.slice(TOKENS.length), logits.slice(0, TOKENS.length));
        assert.notDeepEqual(logits, bare);
      });
    }
  }
});

test("sequences with different adapters in one batch have the logits of each alone, bit for bit", async () => {
  for (const experts of [0, 3]) {
    const { path, files } = twoAdapters({ type: "Q8_0", kvHeads: 4, experts, expertsUsed: Math.min(2, experts) });
    const choices = [[], [1], [0, 1], [1, 1], [0.5, -2], [1]];
    const run = async (engine: Engine, scales: readonly number[], index: number) => {
      const cache = engine.createCache(64, scales);
      const results = [await engine.evaluate(cache, TOKENS.slice(0, 4 + index))];
      for (const token of TOKENS.slice(0, 4)) results.push(await engine.evaluate(cache, [token]));
      return results;
    };
    const alone: Float32Array[][] = [];
    for (const threads of isWhole ? [1, 2, 3] : [1, 3]) {
      await withEngine(path, { threads, adapters: files, batchSize: 24 }, async (engine) => {
        const found = await Promise.all(choices.map((scales, i) => run(engine, scales, i)));
        if (alone.length === 0) for (const [i, scales] of choices.entries()) alone.push(await run(engine, scales, i));
        assert.deepEqual(found, alone);
      });
    }
    assert.notDeepEqual(alone[0]?.[0]?.slice(0, 8), alone[3]?.[0]?.slice(0, 8));
  }
});

test("a sequence keeps its adapters until it is empty, and a fork has them", async () => {
  const { path, files } = twoAdapters();
  await withEngine(path, { adapters: files }, async (engine) => {
    const [plain, changed] = [await allLogits(engine, []), await allLogits(engine, [1])];
    const cache = engine.createCache();
    assert.deepEqual(await engine.evaluate(cache, TOKENS), plain[TOKENS.length - 1]);
    engine.setScales(cache, [0, 0]);
    assert.throws(() => engine.setScales(cache, [1]), /holds 11 tokens that were evaluated with other adapters/);
    cache.length = 0;
    engine.setScales(cache, [1]);
    assert.deepEqual(await engine.evaluate(cache, TOKENS.slice(0, -1)), changed[TOKENS.length - 2]);
    const fork = engine.forkCache(cache);
    assert.deepEqual(await engine.evaluate(fork, TOKENS.slice(-1)), changed[TOKENS.length - 1]);
    cache.length = 0;
    const underWay = engine.evaluate(cache, TOKENS);
    assert.throws(() => engine.setScales(cache, []), /is at work/);
    await underWay;
  });
});
