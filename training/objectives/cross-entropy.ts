import type { Objective } from "../network/output.js";

/** -log p of what should follow: language modelling, and tuning on answers that weigh 1 after prompts that weigh 0. */
export const crossEntropy: Objective = {
  head: "language",
  measure: ({ kernels, values, targets, weights, width }, { tokens }, factor) => ({
    loss: kernels.crossEntropy(values, targets, weights, tokens, width, factor),
  }),
};
