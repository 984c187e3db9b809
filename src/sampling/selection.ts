import type { Random } from "../random.js";
import type { Candidates } from "./candidates.js";
import type { Selection } from "./step.js";

/** Chooses the largest logit; of equals, the lowest id. */
export const greedy: Selection = {
  name: "greedy",
  choose: (candidates) => candidates.indexOfBest(),
};

/** Draws a token by its probability: the softmax of what the chain has left. */
export const draw: Selection = {
  name: "dist",
  choose: (candidates, { random }) => {
    candidates.softmax();
    return drawPosition(candidates, random);
  },
};

/** The position at which the running sum of the probabilities passes a random number; call `softmax()` first. */
export function drawPosition(candidates: Candidates, random: Random): number {
  const { probabilities, size } = candidates;
  const target = random.nextFloat();
  let sum = 0;
  let last = 0;
  for (let i = 0; i < size; i++) {
    const probability = probabilities[i] as number;
    if (probability === 0) continue;
    sum += probability;
    if (target < sum) return i;
    last = i;
  }
  // Rounding may leave the sum a hair below 1, and the target above it.
  return last;
}
