import { availableParallelism } from "node:os";
import { runBenchmark } from "#dist/benchmark/runner.js";
import type { ModelShape } from "#dist/benchmark/shapes.js";

const LAYERS = 6;
const DIMS = [64, 96, 128, 192, 256, 384, 512, 1024];

/**
 * Where more workers begin to pay: decoding of ever wider models in Q8_0, by bytes of weights a layer. The limit of
 * src/engine/threads.ts comes from here.
 */
export async function benchThreads(): Promise<void> {
  const workers = [1, 2, 4, 8].filter((count) => count <= availableParallelism());
  const rows: Record<string, Record<string, string>> = {};
  for (const dim of DIMS) {
    const speeds: number[] = [];
    let bytes = 0;
    const plan = {
      models: [{ kind: "shape", shape: shapeOf(dim), typeName: "q8_0" }],
      tests: [{ promptTokens: 0, generatedTokens: 128, depth: 0 }],
      threads: workers,
      batchSizes: [undefined],
      cacheTypesK: [undefined],
      cacheTypesV: [undefined],
      kernels: [undefined],
      repetitions: 7,
      warmup: true,
      bandwidth: false,
    } as const;
    for await (const { milliseconds, bytesRead } of runBenchmark(plan)) {
      speeds.push(128e3 / Math.min(...milliseconds));
      bytes = bytesRead / 128 / LAYERS;
    }
    const [alone = 0] = speeds;
    rows[`${(bytes / 1024).toFixed(0)} KiB a layer`] = Object.fromEntries(
      workers.map((count, i) => [
        `${count} workers`,
        `${speeds[i]?.toFixed(0)} t/s, x ${((speeds[i] ?? 0) / alone).toFixed(2)}`,
      ]),
    );
  }
  console.log("decoding of 128 tokens, the best of 7");
  console.table(rows);
}

function shapeOf(dim: number): ModelShape {
  const heads = dim / 32;
  return {
    name: `${dim} wide`,
    dim,
    layers: LAYERS,
    heads,
    kvHeads: heads,
    hiddenDim: Math.round((dim * 8) / 3 / 32) * 32,
    vocabularySize: 512,
    contextLength: 256,
    ropeBase: 1e4,
    tied: true,
  };
}
