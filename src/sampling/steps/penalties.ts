import type { Candidates } from "../candidates.js";
import type { SamplerStep } from "../step.js";
import { TokenRing } from "../token-ring.js";

export interface PenaltyWeights {
  /** CTRL's repetition penalty (Keskar et al. 2019, section 4.1), for either sign of the logit; 1 = off. */
  readonly repeat: number;
  /** Taken off the logit for every occurrence; 0 = off. */
  readonly frequency: number;
  /** Taken off the logit once if the token occurs at all; 0 = off. */
  readonly presence: number;
}

/** Makes tokens that occur among the last `window` accepted ones less likely. */
export class Penalties implements SamplerStep {
  readonly name = "penalties";
  readonly #weights: PenaltyWeights;
  #window: TokenRing;
  /** (vocabulary) occurrences in the window. */
  #counts: Uint32Array;

  /** @param window how many tokens to look back, at least 1 */
  constructor(weights: PenaltyWeights, window: number, vocabularySize: number) {
    this.#weights = weights;
    this.#window = new TokenRing(window);
    this.#counts = new Uint32Array(vocabularySize);
  }

  apply(candidates: Candidates): void {
    if (this.#window.length === 0) return;
    const { ids, logits, size } = candidates;
    const { repeat, frequency, presence } = this.#weights;
    const counts = this.#counts;
    for (let i = 0; i < size; i++) {
      const count = counts[ids[i] as number] as number;
      if (count === 0) continue;
      const logit = logits[i] as number;
      // Dividing a negative logit would reward the token.
      const repeated = logit > 0 ? logit / repeat : logit * repeat;
      logits[i] = repeated - count * frequency - presence;
    }
    candidates.sorted = false;
  }

  accept(id: number): void {
    const leaving = this.#window.push(id);
    const counts = this.#counts;
    if (leaving !== undefined) counts[leaving] = (counts[leaving] as number) - 1;
    counts[id] = (counts[id] as number) + 1;
  }

  reset(): void {
    this.#window.clear();
    this.#counts.fill(0);
  }

  clone(): Penalties {
    const copy = new Penalties(this.#weights, 1, 0);
    copy.#window = this.#window.clone();
    copy.#counts = this.#counts.slice();
    return copy;
  }
}
