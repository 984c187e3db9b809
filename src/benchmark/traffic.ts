import { type CacheTypes, cacheLayout } from "../engine/plan/cache-layout.js";
import { LOGIT_ROWS } from "../engine/plan/engine-shape.js";
import type { GgufFile } from "../gguf/file.js";
import type { TensorInfo } from "../gguf/tensors.js";
import { kernelsForSizes } from "../kernels/load.js";
import { type ModelConfig, readConfig } from "../model/config.js";
import { findWeights, type ModelWeights, tensorsOfLayer } from "../model/weights.js";
import type { SpeedTest } from "./speed-test.js";

/**
 * The bytes that a test must read from memory at least: for every batch all weights of the layers once, of a mixture
 * those of as many experts as so many tokens go to by chance, and the KV
 * cache up to its end once, the output matrix where logits are wanted, and a row of the embedding a token. Scratch
 * is not counted: it stays in the cache.
 */
export function bytesRead(file: GgufFile, test: SpeedTest, batchSize: number, cacheTypes: CacheTypes): number {
  const config = readConfig(file.metadata);
  const weights = findWeights(file, config);
  const perPosition = cacheBytesPerPosition(config, cacheTypes);
  const perBatch = layerBytes(weights, config);
  const perLogits = weights.output.bytes + weights.outputNorm.bytes;
  const embeddingRow = weights.tokenEmbedding.bytes / config.vocabularySize;
  const { sequences = 1, promptTokens, generatedTokens, depth } = test;
  let total = 0;
  const addBatch = (tokens: number, end: number, wantsLogits: boolean) => {
    total +=
      perBatch(tokens * sequences) +
      (tokens * embeddingRow + end * perPosition) * sequences +
      (wantsLogits ? perLogits : 0);
  };
  // Prompts of several sequences share a batch evenly, and single tokens go in one as long as it has room for their
  // logits.
  const step = Math.max(1, Math.floor(batchSize / sequences));
  for (let done = 0; done < promptTokens; done += step) {
    const tokens = Math.min(step, promptTokens - done);
    addBatch(tokens, depth + done + tokens, done + tokens === promptTokens);
  }
  const first = depth + promptTokens;
  const batches = Math.ceil(sequences / Math.min(batchSize, LOGIT_ROWS));
  for (let i = 1; i <= generatedTokens; i++) {
    addBatch(1, first + i, true);
    total += (batches - 1) * (perBatch(sequences / batches) + perLogits);
  }
  return total;
}

/** By the tokens of a batch. */
function layerBytes({ layers }: ModelWeights, { experts, expertsUsed }: ModelConfig): (tokens: number) => number {
  const sum = (tensors: readonly TensorInfo[]) => tensors.reduce((total, { bytes }) => total + bytes, 0);
  const all = sum(layers.flatMap(tensorsOfLayer));
  if (experts === 0) return () => all;
  const ofExperts = sum(
    layers.flatMap(({ feedForward }) => feedForward.flatMap(({ gate, up, down }) => [gate, up, down])),
  );
  return (tokens) => all - ofExperts * (1 - expertsUsed / experts) ** tokens;
}

/** Keys and values of one position in all layers. */
function cacheBytesPerPosition(config: ModelConfig, types: CacheTypes): number {
  const { keyRow, valueRow } = cacheLayout(kernelsForSizes(), config, 1, types);
  return (keyRow + valueRow) * config.kvHeads * config.layers;
}
