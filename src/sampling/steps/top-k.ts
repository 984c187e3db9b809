import type { SamplerStep } from "../step.js";

/** Keeps the `count` most likely tokens (Fan et al. 2018). */
export function topK(count: number): SamplerStep {
  return {
    name: "top_k",
    apply: (candidates) => candidates.keepBest(count),
  };
}
