import { ascendingRank } from "../sort-keys.js";
import type { SamplerStep } from "../step.js";

/**
 * Locally typical sampling (Meister et al. 2022): keeps the tokens whose surprise is nearest to the
 * entropy of the distribution until their probabilities add up to more than `mass`, and never fewer than `minKeep`
 * or one. The kept tokens stay in the order they were in.
 */
export function typical(mass: number, minKeep: number): SamplerStep {
  return {
    name: "typ_p",
    apply: (candidates) => {
      const logTotal = candidates.softmax();
      const entropy = candidates.entropy();
      const { ids, keys, logits, probabilities, size } = candidates;
      for (let i = 0; i < size; i++) {
        const surprise = logTotal - (logits[i] as number);
        keys.set(i, ascendingRank(Math.abs(surprise - entropy)), i);
      }
      keys.sort(size);

      let kept = 0;
      let sum = 0;
      while (kept < size) {
        sum += probabilities[keys.valueAt(kept)] as number;
        kept++;
        if (sum > mass && kept >= minKeep) break;
      }

      for (let i = 0; i < kept; i++) keys.set(i, 0, keys.valueAt(i));
      keys.sort(kept);
      for (let i = 0; i < kept; i++) {
        const position = keys.valueAt(i);
        ids[i] = ids[position] as number;
        logits[i] = logits[position] as number;
      }
      candidates.size = kept;
    },
  };
}
