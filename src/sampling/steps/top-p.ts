import type { Candidates } from "../candidates.js";
import type { SamplerStep } from "../step.js";

/** A nucleus is nearly always smaller than this, and finding so many is cheap next to sorting a vocabulary. */
const PROBE = 512;

/**
 * Nucleus sampling (Holtzman et al. 2019, section 3.1): keeps the smallest set of most likely tokens whose
 * probabilities add up to at least `mass`, and never fewer than `minKeep` or one.
 */
export function topP(mass: number, minKeep: number): SamplerStep {
  return {
    name: "top_p",
    apply: (candidates) => {
      const logTotal = candidates.softmax();
      if (!candidates.sorted && candidates.size > PROBE) {
        candidates.rank(PROBE);
        const found = nucleusOf(candidates.best.logits, PROBE, logTotal, mass, minKeep);
        if (found !== undefined) {
          candidates.keepRanked(found);
          return;
        }
      }
      candidates.sort();
      candidates.size = nucleusOf(candidates.logits, candidates.size, logTotal, mass, minKeep) ?? candidates.size;
    },
  };
}

/** @param logits (size) falling */
function nucleusOf(
  logits: Candidates["logits"],
  size: number,
  logTotal: number,
  mass: number,
  minKeep: number,
): number | undefined {
  let sum = 0;
  for (let i = 0; i < size; i++) {
    sum += Math.exp((logits[i] as number) - logTotal);
    if (sum >= mass && i + 1 >= minKeep) return i + 1;
  }
  return undefined;
}
