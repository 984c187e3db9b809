import type { Candidates } from "../candidates.js";
import type { SamplerStep } from "../step.js";

/** Divides the logits by `degree`, which is above 0: below 1 sharpens the distribution, above 1 flattens it. */
export function temperature(degree: number): SamplerStep {
  return {
    name: "temperature",
    apply: (candidates) => divideLogits(candidates, degree),
  };
}

/**
 * Dynamic temperature by entropy (kalomaze 2024, as llama.cpp has it): between `degree - range` (not below 0) where
 * the model is sure and `degree + range` where it is not. With the entropy H of n candidates the place in between is
 * (H / ln n) ^ `exponent`.
 */
export function dynamicTemperature(degree: number, range: number, exponent: number): SamplerStep {
  const lowest = Math.max(0, degree - range);
  const highest = degree + range;
  return {
    name: "temperature",
    apply: (candidates) => {
      if (candidates.size < 2) return;
      candidates.softmax();
      // Rounding may put the entropy of an even distribution a hair above its bound.
      const unsureness = Math.min(1, candidates.entropy() / Math.log(candidates.size));
      divideLogits(candidates, lowest + (highest - lowest) * unsureness ** exponent);
    },
  };
}

function divideLogits(candidates: Candidates, divisor: number): void {
  const { logits, size } = candidates;
  const best = candidates.indexOfBest();
  // A divisor so small that the largest logit leaves the range of f32 means the limit of small ones: the best token
  // alone.
  if (!Number.isFinite(Math.fround((logits[best] as number) / divisor))) {
    candidates.keepOnly(best);
    return;
  }
  for (let i = 0; i < size; i++) logits[i] = (logits[i] as number) / divisor;
}
