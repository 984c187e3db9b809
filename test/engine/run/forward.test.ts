import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { CORNERS, withEngine } from "../../helpers/engine.js";
import { inTurn, isWhole, spread } from "../../helpers/long.js";
import { type FixtureShape, fixtureModel, writeFixture } from "../../helpers/model-fixture.js";
import { seededRandom } from "../../helpers/random.js";
import { ScalarModel } from "../../helpers/scalar-model.js";
import { temporaryFolder } from "../../helpers/temporary.js";
import { assertNmse, DENSE_NMSE } from "../../helpers/tolerance.js";

const folder = temporaryFolder();

/** Rounding activations to int8 costs this much on random weights; a wrong kernel costs about 1. */
const INT8_NMSE = 5e-3;

const SHAPES: readonly (Partial<FixtureShape> & { readonly what: string; readonly limit: number })[] = [
  { what: "grouped-query attention", limit: DENSE_NMSE },
  { what: "multi-head attention", kvHeads: 4, limit: DENSE_NMSE },
  { what: "multi-query attention", kvHeads: 1, limit: DENSE_NMSE },
  { what: "tied embeddings", tied: true, limit: DENSE_NMSE },
  {
    what: "widths that no vector divides",
    dim: 54,
    headSize: 6,
    heads: 5,
    kvHeads: 5,
    hiddenDim: 35,
    limit: DENSE_NMSE,
  },
  { what: "norms of F16", normType: "F16", limit: DENSE_NMSE },
  { what: "norms of BF16 in banks of mixed types", normType: "BF16", type: "F16", limit: DENSE_NMSE },
  { what: "biases of attention", biases: ["attention"], limit: DENSE_NMSE },
  { what: "biases of everything, in F16", biases: ["attention", "feedForward"], normType: "F16", limit: DENSE_NMSE },
  {
    what: "biases of BF16 with widths that no vector divides",
    dim: 54,
    headSize: 6,
    heads: 5,
    kvHeads: 1,
    hiddenDim: 35,
    biases: ["attention", "feedForward"],
    normType: "BF16",
    limit: DENSE_NMSE,
  },
  { what: "biases beside Q8_0", biases: ["attention", "feedForward"], type: "Q8_0", limit: INT8_NMSE },
  { what: "a mixture", experts: 4, expertsUsed: 2, limit: DENSE_NMSE },
  { what: "a mixture with tensors apart", experts: 4, expertsUsed: 2, isSplit: true, limit: DENSE_NMSE },
  { what: "a mixture of which all are used", experts: 3, expertsUsed: 3, limit: DENSE_NMSE },
  { what: "a mixture of which one is used", experts: 5, expertsUsed: 1, routerType: "F16", limit: DENSE_NMSE },
  { what: "a mixture of one", experts: 1, expertsUsed: 1, limit: DENSE_NMSE },
  {
    what: "a mixture with widths that no vector divides",
    experts: 4,
    expertsUsed: 2,
    dim: 54,
    headSize: 6,
    heads: 5,
    kvHeads: 5,
    hiddenDim: 35,
    type: "F16",
    limit: DENSE_NMSE,
  },
  { what: "a mixture with biases", experts: 4, expertsUsed: 2, biases: ["attention"], limit: DENSE_NMSE },
  { what: "F16", type: "F16", limit: DENSE_NMSE },
  { what: "BF16", type: "BF16", limit: DENSE_NMSE },
  { what: "Q8_0", type: "Q8_0", limit: INT8_NMSE },
  { what: "Q4_0", type: "Q4_0", limit: INT8_NMSE },
];

function randomTokens(count: number, vocabulary: number): number[] {
  const random = seededRandom(7);
  return Array.from({ length: count }, () => Math.floor(random() * vocabulary));
}

for (const [index, { what, limit, ...shape }] of SHAPES.entries()) {
  test(`the engine computes what the scalar model does: ${what}`, async () => {
    const model = fixtureModel(shape);
    const path = join(folder, `${what.replaceAll(" ", "-")}.gguf`);
    writeFixture(path, model);
    const scalar = new ScalarModel(model);
    const tokens = randomTokens(11, 290);
    const exact = tokens.map((token) => scalar.step(token));
    for (const variant of inTurn([...CORNERS, { threads: 3 }], index)) {
      await withEngine(path, variant, async (engine) => {
        const single = engine.createCache();
        for (const [i, token] of tokens.entries()) {
          assertNmse(await engine.evaluate(single, [token]), exact[i] ?? [], limit, `NMSE at ${i}`);
        }
        const batch = engine.createCache();
        await engine.evaluateEach(batch, tokens, (i, logits) => {
          assertNmse(logits, exact[i] ?? [], limit, `NMSE in a batch at ${i}`);
        });
        assert.equal(batch.length, tokens.length);
      });
    }
  });
}

/** Rounding of F32 alone. */
const WINDOW_NMSE = 1e-10;

test("a Mistral with a window of 32 computes what the scalar model does, far past the window too", async () => {
  for (const [index, kvHeads] of spread([2, 4], 1).entries()) {
    const model = fixtureModel({ architecture: "mistral", window: 32, kvHeads, headSize: 32, contextLength: 256 });
    const path = join(folder, `mistral-${kvHeads}.gguf`);
    writeFixture(path, model);
    const scalar = new ScalarModel(model);
    const tokens = randomTokens(150, 290);
    const exact = tokens.map((token) => scalar.step(token));
    const blind = new ScalarModel({ ...model, shape: { ...model.shape, window: 0 } });
    const unbounded = tokens.map((token) => blind.step(token)).at(-1) ?? [];
    for (const [turn, batchSize] of [1, 7, 64].entries()) {
      for (const variant of inTurn(CORNERS, index + turn)) {
        await withEngine(path, { ...variant, batchSize }, async (engine) => {
          const cache = engine.createCache();
          await engine.evaluateEach(cache, tokens, (i, logits) => {
            assertNmse(logits, exact[i] ?? [], WINDOW_NMSE, `NMSE at ${i} in batches of ${batchSize}`);
            if (i === tokens.length - 1) assert.throws(() => assertNmse(logits, unbounded, 1e-3));
          });
        });
      }
    }
  }
});

test("batches of every size end in the same logits", async () => {
  const path = join(folder, "batches.gguf");
  writeFixture(path, fixtureModel());
  const tokens = randomTokens(23, 290);
  const found: Float32Array[] = [];
  for (const batchSize of spread([1, 2, 5, 23, 64], 3)) {
    await withEngine(path, { batchSize, threads: 2 }, async (engine) => {
      found.push(await engine.evaluate(engine.createCache(), tokens));
    });
  }
  for (const logits of found) assertNmse(logits, found[0] ?? [], DENSE_NMSE);
});

/** Logits of a cache type against those of an f32 cache, on random weights. */
const CACHE_NMSE = { f32: 0, f16: 1e-5, q8_0: 1e-3 } as const;

test("caches of every type give nearly the logits of an f32 cache, in every mix", async () => {
  const types = ["f32", "f16", "q8_0"] as const;
  const mixes = types.flatMap((key) => types.map((value) => ({ key, value })));
  for (const [turn, headSize] of [16, 6].entries()) {
    const path = join(folder, `caches-${headSize}.gguf`);
    writeFixture(path, fixtureModel({ headSize }));
    const tokens = randomTokens(40, 290);
    let exact: Float32Array = new Float32Array();
    // The first is what the others are compared with.
    for (const { key, value } of mixes.filter((_, index) => isWhole || index === 0 || index % 2 !== turn)) {
      await withEngine(path, { threads: 1, cacheTypes: { key, value } }, async (engine) => {
        const logits = await engine.evaluate(engine.createCache(), tokens);
        if (exact.length === 0) exact = logits;
        else assertNmse(logits, exact, CACHE_NMSE[key] + CACHE_NMSE[value], `NMSE of ${key} and ${value}`);
      });
    }
  }
});

test("a model that spans several banks gives the very same logits", async () => {
  const kinds = [
    [false, 0],
    [true, 0],
    [false, 3],
  ] as const;
  for (const [index, [tied, experts]] of kinds.entries()) {
    const path = join(folder, `banks-${tied}-${experts}.gguf`);
    writeFixture(path, fixtureModel({ layers: 5, tied, experts, expertsUsed: Math.min(2, experts) }));
    const tokens = randomTokens(9, 290);
    const run = (maxBankBytes: number | undefined, threads: number) =>
      withEngine(path, { maxBankBytes, threads, contextSize: 64, batchSize: 16 }, async (engine) => {
        const caches = [engine.createCache(), engine.createCache()];
        const results: Float32Array[] = [];
        for (const cache of caches) {
          results.push(await engine.evaluate(cache, tokens));
          results.push(await engine.evaluate(cache, [5]));
        }
        return { results, banks: engine.banks };
      });
    const whole = await run(undefined, 1);
    assert.equal(whole.banks, 1);
    for (const threads of inTurn([2, 1], index)) {
      const cut = await run(experts === 0 ? 360_000 : 620_000, threads);
      assert.ok(cut.banks > 2, `${cut.banks} banks`);
      assert.deepEqual(cut.results, whole.results);
    }
  }
});

test("one worker and several give the very same logits, however the KV heads go among them", async () => {
  for (const kvHeads of [1, 2, 4]) {
    const path = join(folder, `workers-${kvHeads}.gguf`);
    writeFixture(path, fixtureModel({ type: "Q8_0", kvHeads, biases: ["attention", "feedForward"] }));
    const tokens = randomTokens(17, 290);
    const results: Float32Array[][] = [];
    for (const threads of isWhole ? [1, 2, 3, 4] : [1, 3]) {
      const cacheTypes = { key: "f16", value: "q8_0" } as const;
      await withEngine(path, { threads, cacheTypes }, async (engine) => {
        const cache = engine.createCache();
        results.push([await engine.evaluate(cache, tokens), await engine.evaluate(cache, [5])]);
      });
    }
    for (const logits of results) assert.deepEqual(logits, results[0]);
  }
});
