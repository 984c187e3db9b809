import type { Candidates } from "../candidates.js";
import type { SamplerStep } from "../step.js";

/** Pairs of tokens are compared, so only so many of the likeliest are looked at; steps before it usually leave 40. */
const MOST_COMPARED = 512;

/** A token stays if it is this likely; then, if it has an even share among those that stayed and one end. */
const LEAST_SHARE = 0.2;

/**
 * What llama.cpp's server chooses by where text is filled in: it ends as soon as an end is likely at all, counts tokens
 * of which one begins with the other as one, and drops what is then still unlikely, rather than guess.
 * @param ends tokens that end the answer, the usual one first
 */
export function infill(ends: ReadonlySet<number>, bytesOf: (id: number) => Uint8Array): SamplerStep {
  const [usualEnd] = ends;
  return {
    name: "infill",
    apply(candidates) {
      candidates.keepBest(MOST_COMPARED);
      candidates.sort();
      candidates.softmax();
      const { ids, probabilities } = candidates;
      const isEnd = (i: number) => ends.has(ids[i] as number);
      let endShare = 0;
      for (let i = 0; i < candidates.size; i++) if (isEnd(i)) endShare += probabilities[i] as number;
      if (3 * endShare * candidates.size > 1 - endShare) {
        keep(candidates, isEnd);
        return;
      }
      mergeBeginnings(candidates, bytesOf);
      const likely = (least: number) => (i: number) => {
        const probability = probabilities[i] as number;
        return probability >= least || (probability > 0 && isEnd(i));
      };
      const isText = (i: number) => !isEnd(i) && (probabilities[i] as number) >= LEAST_SHARE;
      const texts = [...ids.subarray(0, candidates.size).keys()].filter(isText).length;
      if (texts === 0) {
        const best = candidates.indexOfBest();
        if (usualEnd !== undefined) ids[best] = usualEnd;
        candidates.keepOnly(best);
        return;
      }
      keep(candidates, likely(LEAST_SHARE));
      candidates.softmax();
      keep(candidates, likely(1 / (texts + 1)));
    },
  };
}

/** Of two tokens of which one begins with the other, the likelier one gets the probability of both. */
function mergeBeginnings({ ids, probabilities, size }: Candidates, bytesOf: (id: number) => Uint8Array): void {
  const texts = Array.from({ length: size }, (_, i) => bytesOf(ids[i] as number));
  for (let short = 0; short < size; short++) {
    const text = texts[short] as Uint8Array;
    if (text.length === 0) continue;
    for (let long = 0; long < size && probabilities[short] !== 0; long++) {
      if (long === short || probabilities[long] === 0 || !beginsWith(texts[long] as Uint8Array, text)) continue;
      const isLongLikelier = (probabilities[long] as number) > (probabilities[short] as number);
      const [into, from] = isLongLikelier ? [long, short] : [short, long];
      probabilities[into] = (probabilities[into] as number) + (probabilities[from] as number);
      probabilities[from] = 0;
    }
  }
}

function beginsWith(text: Uint8Array, beginning: Uint8Array): boolean {
  return beginning.length <= text.length && beginning.every((byte, i) => byte === text[i]);
}

/** Keeps some, with logits by their probabilities as these are now. */
function keep(candidates: Candidates, isKept: (i: number) => boolean): void {
  const { ids, logits, probabilities, size } = candidates;
  let kept = 0;
  for (let i = 0; i < size; i++) {
    if (!isKept(i)) continue;
    ids[kept] = ids[i] as number;
    probabilities[kept] = probabilities[i] as number;
    logits[kept] = Math.log(probabilities[i] as number);
    kept++;
  }
  candidates.size = kept;
  candidates.sorted = false;
}
