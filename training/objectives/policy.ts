import type { Objective } from "../network/output.js";

/**
 * PPO's clipped surrogate. Signals: log p of each token when it was drawn, and its advantage. Measures, by weight: how
 * many tokens were clipped, the sum of old - new log p, and the sum of the ratios' distances from 1.
 */
export function clippedPolicy(clip: number): Objective {
  return {
    head: "language",
    measure(output, { tokens }, factor) {
      const { kernels, memory, values, targets, weights, signals, width, figures } = output;
      const [old, advantages] = signals as [number, number];
      const loss = kernels.policyLoss(values, targets, weights, old, advantages, tokens, width, clip, factor, figures);
      const [clipped, divergence, distance] = new Float64Array(memory.buffer, figures, 3) as unknown as [
        number,
        number,
        number,
      ];
      return { loss, clipped, divergence, distance };
    },
  };
}
