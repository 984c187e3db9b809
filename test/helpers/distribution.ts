import assert from "node:assert/strict";
import { resolveSampling, type SamplingOptions } from "#dist/sampling/options.js";
import { Sampler } from "#dist/sampling/sampler.js";
import type { SamplerStep } from "#dist/sampling/step.js";

/** Every step at its off value: sampling from the plain softmax. */
export const PLAIN: SamplingOptions = { temperature: 1, topK: 0, topP: 1, minP: 0, seed: 1 };

/** A sampler whose tokens are spelled as their numbers, and which has heard of `history`. */
export function samplerAfter(
  history: readonly number[],
  options: SamplingOptions,
  vocabularySize: number,
  steps: readonly SamplerStep[] = [],
): Sampler {
  const made = new Sampler(resolveSampling(options), {
    vocabularySize,
    contextSize: 256,
    bytesOf: (id) => new TextEncoder().encode(String(id)),
    steps,
  });
  for (const id of history) made.accept(id);
  return made;
}

export function logitsOf(probabilities: readonly number[]): Float32Array {
  return Float32Array.from(probabilities, Math.log);
}

export function softmax(logits: readonly number[]): number[] {
  return normalised(logits.map(Math.exp));
}

export function normalised(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

const DRAWS = 20_000;
/** The 0.9999 quantiles of chi-square by degrees of freedom: a right sampler fails once in ten thousand seeds. */
const CHI_SQUARE_LIMITS = [Number.NaN, 15.14, 18.42, 21.11, 23.51, 25.74, 27.86, 29.88];

/** Draws often, and compares the counts with what the distribution should be; tokens of probability 0 never come. */
export function assertDistribution(
  options: SamplingOptions,
  logits: Float32Array,
  wanted: readonly number[],
  history: readonly number[] = [],
  steps: readonly SamplerStep[] = [],
): void {
  const subject = samplerAfter(history, { ...PLAIN, ...options }, logits.length, steps);
  const counts = new Array<number>(logits.length).fill(0);
  for (let i = 0; i < DRAWS; i++) {
    const id = subject.sample(logits);
    counts[id] = (counts[id] ?? 0) + 1;
  }
  let chiSquare = 0;
  let freedom = -1;
  wanted.forEach((probability, id) => {
    const count = counts[id] ?? 0;
    if (probability === 0) {
      assert.equal(count, 0, `token ${id} was ruled out`);
      return;
    }
    chiSquare += (count - DRAWS * probability) ** 2 / (DRAWS * probability);
    freedom++;
  });
  if (freedom > 0)
    assert.ok(chiSquare < (CHI_SQUARE_LIMITS[freedom] ?? 0), `chi-square ${chiSquare}: ${counts.join()}`);
}
