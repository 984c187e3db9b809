import type { Candidates } from "../candidates.js";
import type { SamplerStep } from "../step.js";
import { TokenRing } from "../token-ring.js";
import { SequenceBreakers } from "./sequence-breakers.js";

/** Enough to rule a token out, and finite, so that tokens that are all penalised keep an order. */
const LARGEST_PENALTY = 1e30;

export interface DryWeights {
  readonly multiplier: number;
  readonly base: number;
  /** A repetition may grow to this many tokens before its next token is penalised. */
  readonly allowedLength: number;
}

/**
 * "Don't repeat yourself" (P. E. Weidmann 2024): a token that would continue a repetition of n tokens, n at least
 * the allowed length, loses multiplier * base^(n - allowed length). Repetitions do not reach across a sequence
 * breaker, and tokens that hold a whole breaker are never penalised.
 *
 * Where llama.cpp finds a breaker that spans tokens by the tokenizer's own split of it, this finds it in the text,
 * so any split counts.
 */
export class Dry implements SamplerStep {
  readonly name = "dry";
  readonly #weights: DryWeights;
  readonly #breakers: SequenceBreakers;
  #window: TokenRing;
  /** What `SequenceBreakers` said of the token in the same place of the window. */
  #marks: TokenRing;

  /** (window) scratch: newest token first. */
  readonly #reversed: Uint32Array;
  /** (window) scratch: how many tokens match the newest ones, from this place backwards. */
  readonly #matches: Uint32Array;
  /** (vocabulary) scratch: the longest repetition that the token would continue; all 0 between steps. */
  readonly #longest: Uint32Array;

  /** @param window how many tokens to look back, at least 1 */
  constructor(weights: DryWeights, window: number, vocabularySize: number, breakers: SequenceBreakers) {
    this.#weights = weights;
    this.#breakers = breakers;
    this.#window = new TokenRing(window);
    this.#marks = new TokenRing(window);
    this.#reversed = new Uint32Array(window);
    this.#matches = new Uint32Array(window);
    this.#longest = new Uint32Array(vocabularySize);
  }

  apply(candidates: Candidates): void {
    const { multiplier, base, allowedLength } = this.#weights;
    const limit = this.#lengthSinceBreaker();
    if (limit < allowedLength || !this.#findRepetitions(limit)) return;

    const { ids, logits, size } = candidates;
    const longest = this.#longest;
    for (let i = 0; i < size; i++) {
      const length = longest[ids[i] as number] as number;
      if (length === 0) continue;
      const penalty = multiplier * base ** (length - allowedLength);
      logits[i] = (logits[i] as number) - Math.min(penalty, LARGEST_PENALTY);
    }
    candidates.sorted = false;
    for (let back = 0; back < this.#window.length; back++) longest[this.#window.recent(back)] = 0;
  }

  accept(id: number): void {
    this.#window.push(id);
    this.#marks.push(this.#breakers.mark(id));
  }

  reset(): void {
    this.#window.clear();
    this.#marks.clear();
    this.#breakers.reset();
  }

  clone(): Dry {
    const copy = new Dry(this.#weights, this.#reversed.length, this.#longest.length, this.#breakers.clone());
    copy.#window = this.#window.clone();
    copy.#marks = this.#marks.clone();
    return copy;
  }

  #lengthSinceBreaker(): number {
    let length = 0;
    while (length < this.#marks.length && this.#marks.recent(length) === SequenceBreakers.NONE) length++;
    return length;
  }

  /**
   * Fills `#longest` and says whether anything was found. With the window reversed, the tokens that match its newest
   * ones are the prefixes that occur again, which the Z algorithm finds in time linear in the window (Gusfield 1997,
   * section 1.4).
   */
  #findRepetitions(limit: number): boolean {
    const length = this.#window.length;
    const reversed = this.#reversed;
    const matches = this.#matches;
    for (let back = 0; back < length; back++) reversed[back] = this.#window.recent(back);

    let found = false;
    let left = 0;
    let right = 0;
    for (let from = 1; from < length; from++) {
      let match = from < right ? Math.min(right - from, matches[from - left] as number) : 0;
      while (from + match < length && reversed[match] === reversed[from + match]) match++;
      matches[from] = match;
      if (from + match > right) {
        left = from;
        right = from + match;
      }

      const repeated = Math.min(match, limit);
      if (repeated < this.#weights.allowedLength) continue;
      if (this.#marks.recent(from - 1) === SequenceBreakers.WHOLE) continue;
      const next = reversed[from - 1] as number;
      if (repeated > (this.#longest[next] as number)) this.#longest[next] = repeated;
      found = true;
    }
    return found;
  }
}
