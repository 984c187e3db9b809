import type { Candidates } from "../candidates.js";
import { drawPosition } from "../selection.js";
import type { SamplerContext, Selection } from "../step.js";

/** How many of the most likely tokens the Zipf exponent is estimated from; the paper's m. */
const ZIPF_TOKENS = 100;

/**
 * Mirostat (Basu et al. 2020): holds the surprise of the answer near a target by feeding the error of every token
 * back into the bound on the next one's. Version 1 (algorithm 1) turns the bound into a top-k by way of an estimated
 * Zipf exponent, version 2 (the authors' simplification) cuts off what is more surprising than the bound.
 *
 * Surprise is measured, as in llama.cpp, in the distribution that was drawn from: after the cut.
 */
export class Mirostat implements Selection {
  readonly name: "mirostat" | "mirostat_v2";
  readonly #version: 1 | 2;
  readonly #target: number;
  readonly #rate: number;
  readonly #vocabularySize: number;
  /** The paper's μ, in bits. */
  #bound: number;

  /**
   * @param target the paper's τ, in bits a token
   * @param rate the paper's η, from 0 (never adapts) to 1
   */
  constructor(version: 1 | 2, target: number, rate: number, vocabularySize: number) {
    this.name = version === 1 ? "mirostat" : "mirostat_v2";
    this.#version = version;
    this.#target = target;
    this.#rate = rate;
    this.#vocabularySize = vocabularySize;
    this.#bound = 2 * target;
  }

  choose(candidates: Candidates, { random }: SamplerContext): number {
    if (this.#version === 1) {
      candidates.keepBest(this.#countWithinBound(candidates));
    } else {
      const logTotal = candidates.softmax();
      const best = candidates.logits[candidates.indexOfBest()] as number;
      candidates.keepAtLeast(Math.min(best, logTotal - this.#bound * Math.LN2));
    }
    candidates.softmax();
    const chosen = drawPosition(candidates, random);
    const surprise = -Math.log2(candidates.probabilities[chosen] as number);
    this.#bound -= this.#rate * (surprise - this.#target);
    return chosen;
  }

  reset(): void {
    this.#bound = 2 * this.#target;
  }

  clone(): Mirostat {
    const copy = new Mirostat(this.#version, this.#target, this.#rate, this.#vocabularySize);
    copy.#bound = this.#bound;
    return copy;
  }

  /** The paper's ŝ, by least squares over ratios of neighbours, then its k from ŝ and μ. */
  #countWithinBound(candidates: Candidates): number {
    candidates.rank(ZIPF_TOKENS);
    const { logits, size } = candidates.best;
    let products = 0;
    let squares = 0;
    for (let i = 0; i + 1 < size; i++) {
      const rankRatio = Math.log((i + 2) / (i + 1));
      // The logarithm of a ratio of probabilities is a difference of logits.
      const logRatio = (logits[i] as number) - (logits[i + 1] as number);
      if (!Number.isFinite(logRatio)) break;
      products += rankRatio * logRatio;
      squares += rankRatio * rankRatio;
    }
    if (products === 0) return Math.max(1, Math.floor(2 ** this.#bound));

    const exponent = products / squares;
    const epsilon = exponent - 1;
    // At an exponent of 1 the quotient is 0 / 0; its limit is 1 / ln N.
    const quotient =
      Math.abs(epsilon) < 1e-9 ? 1 / Math.log(this.#vocabularySize) : epsilon / (1 - this.#vocabularySize ** -epsilon);
    const count = (quotient * 2 ** this.#bound) ** (1 / exponent);
    return Number.isNaN(count) ? candidates.size : Math.max(1, Math.floor(count));
  }
}
