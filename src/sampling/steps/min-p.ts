import type { SamplerStep } from "../step.js";

/**
 * Keeps the tokens at least `share` times as likely as the most likely one (Nguyen et al. 2024), and
 * never fewer than `minKeep`. On the logits this is a fixed distance below the largest, so it needs no softmax.
 */
export function minP(share: number, minKeep: number): SamplerStep {
  const distance = Math.log(share);
  return {
    name: "min_p",
    apply: (candidates) => {
      const { logits } = candidates;
      const threshold = (logits[candidates.indexOfBest()] as number) + distance;
      let kept = 0;
      for (let i = 0; i < candidates.size; i++) if ((logits[i] as number) >= threshold) kept++;
      if (kept >= minKeep) candidates.keepAtLeast(threshold);
      else candidates.keepBest(minKeep);
    },
  };
}
