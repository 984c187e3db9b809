import assert from "node:assert/strict";
import { test } from "node:test";
import type { Engine } from "#dist/engine/engine.js";
import { CORNERS, withEngine } from "../helpers/engine.js";
import { inTurn, spread } from "../helpers/long.js";
import { needsReference, readReference, referencePath } from "../helpers/reference.js";
import { argmax, assertNmse, DENSE_NMSE } from "../helpers/tolerance.js";

interface Greedy {
  readonly prompts: readonly { readonly prompt_ids: number[]; readonly ids: number[] }[];
}

interface Perplexity {
  readonly windows: readonly number[][];
  readonly types: Readonly<Record<string, { readonly perplexity: number }>>;
}

interface Logits {
  readonly cases: readonly {
    readonly prompt_ids: number[];
    readonly next_ids: number[];
    readonly logits_float64: number[][];
  }[];
}

/** A quantised file's perplexity may differ from llama.cpp's by how activations are rounded. */
const PERPLEXITY_TOLERANCE = 0.005;

function stories(type: string): string {
  return referencePath("stories260K", `stories260K-${type}.gguf`);
}

async function greedy(engine: Engine, prompt: readonly number[], count: number): Promise<number[]> {
  const cache = engine.createCache();
  const ids: number[] = [];
  let logits = await engine.evaluate(cache, prompt);
  for (;;) {
    ids.push(argmax(logits));
    if (ids.length === count) break;
    logits = await engine.evaluate(cache, ids.slice(-1));
  }
  engine.releaseCache(cache);
  return ids;
}

for (const [index, variant] of CORNERS.entries()) {
  const name = `${variant.kernels}, ${variant.threads} worker(s)`;

  for (const type of inTurn(["f32", "f16"] as const, index)) {
    const title = `stories260K F32 gives llama.cpp's greedy tokens: ${name}, ${type} cache`;
    test(title, needsReference, async () => {
      const { prompts } = readReference<Greedy>("stories260K", "greedy.json");
      assert.equal(prompts.length, 12);
      await withEngine(stories("F32"), { ...variant, cacheTypes: { key: type, value: type } }, async (engine) => {
        for (const { prompt_ids, ids } of spread(prompts, 4)) {
          assert.deepEqual(await greedy(engine, prompt_ids, ids.length), ids);
        }
      });
    });
  }

  test(`stories260K F32 gives the exact logits: ${name}`, needsReference, async () => {
    const { cases } = readReference<Logits>("stories260K", "logits.json");
    await withEngine(stories("F32"), variant, async (engine) => {
      for (const { prompt_ids, next_ids, logits_float64 } of cases) {
        const cache = engine.createCache();
        assertNmse(await engine.evaluate(cache, prompt_ids), logits_float64[0] ?? [], DENSE_NMSE);
        for (const [i, id] of next_ids.entries()) {
          assertNmse(await engine.evaluate(cache, [id]), logits_float64[i + 1] ?? [], DENSE_NMSE);
        }
        engine.releaseCache(cache);
      }
    });
  });
}

for (const type of spread(["F32", "F16", "Q8_0", "Q4_0"], 2)) {
  test(`stories260K ${type} has llama.cpp's perplexity`, needsReference, async () => {
    const { windows, types } = readReference<Perplexity>("stories260K", "perplexity.json");
    await withEngine(stories(type), {}, async (engine) => {
      let loss = 0;
      let count = 0;
      for (const ids of windows) {
        const cache = engine.createCache();
        await engine.evaluateEach(cache, ids, (i, logits) => {
          const next = ids[i + 1];
          if (next === undefined) return;
          loss -= logProbability(logits, next);
          count++;
        });
        engine.releaseCache(cache);
      }
      const found = Math.exp(loss / count);
      const wanted = types[type]?.perplexity ?? Number.NaN;
      assert.ok(Math.abs(found / wanted - 1) < PERPLEXITY_TOLERANCE, `${found}, and ${wanted} was wanted`);
    });
  });
}

function logProbability(logits: Float32Array, id: number): number {
  const highest = Math.max(...logits);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - highest), 0);
  return (logits[id] ?? 0) - highest - Math.log(total);
}
