import type { SamplerStep } from "../step.js";

/**
 * "Exclude top choices" (P. E. Weidmann 2024): with the chance `probability` it removes every token that has at
 * least the probability `threshold`, except the least likely of those, so that a viable choice remains. It does
 * nothing where fewer than `minKeep` tokens would be left.
 */
export function xtc(probability: number, threshold: number, minKeep: number): SamplerStep {
  return {
    name: "xtc",
    apply: (candidates, { random }) => {
      if (candidates.size < 2 || random.nextFloat() >= probability) return;
      candidates.softmax();
      const { ids, logits, probabilities, size } = candidates;
      let viable = 0;
      let spared = -1;
      for (let i = 0; i < size; i++) {
        if ((probabilities[i] as number) < threshold) continue;
        viable++;
        if (spared < 0 || isWorse(candidates, i, spared)) spared = i;
      }
      if (viable < 2 || size - (viable - 1) < minKeep) return;

      let kept = 0;
      for (let i = 0; i < size; i++) {
        if (i !== spared && (probabilities[i] as number) >= threshold) continue;
        ids[kept] = ids[i] as number;
        logits[kept] = logits[i] as number;
        kept++;
      }
      candidates.size = kept;
    },
  };
}

function isWorse(candidates: { ids: Uint32Array; logits: Float32Array }, a: number, b: number): boolean {
  const difference = (candidates.logits[a] as number) - (candidates.logits[b] as number);
  return difference < 0 || (difference === 0 && (candidates.ids[a] as number) > (candidates.ids[b] as number));
}
