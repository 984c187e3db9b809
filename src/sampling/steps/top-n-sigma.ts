import type { SamplerStep } from "../step.js";

/**
 * Keeps the tokens whose logit is within `count` standard deviations of the largest (Tang et al. 2024, "Top-nσ: Not
 * All Logits Are You Need", algorithm 1). The deviation is taken over all candidates, so temperature changes nothing.
 */
export function topNSigma(count: number): SamplerStep {
  return {
    name: "top_n_sigma",
    apply: (candidates) => {
      const { logits, size } = candidates;
      let sum = 0;
      for (let i = 0; i < size; i++) sum += logits[i] as number;
      const mean = sum / size;
      let squares = 0;
      for (let i = 0; i < size; i++) {
        const difference = (logits[i] as number) - mean;
        squares += difference * difference;
      }
      const largest = logits[candidates.indexOfBest()] as number;
      candidates.keepAtLeast(largest - count * Math.sqrt(squares / size));
    },
  };
}
