import type { TokenProposer } from "./proposer.js";

/** How many of the last tokens must have stood there before. */
const PATTERN = 4;
/** Tokens to propose: at the beginning and at most. With the newest those are 16, two eights of the kernels. */
const FIRST_LENGTH = 4;
const MOST = 15;
/** After this many proposals of which nothing was right, none is made for a while, which doubles each time. */
const PATIENCE = 3;
const FIRST_PAUSE = 32;

/**
 * Proposes what followed the last few tokens when they stood there before (llama.cpp's `ngram-simple`): code that is
 * edited, text that is quoted. Proposals grow while they are right and shrink where they are not.
 */
export class NgramProposer implements TokenProposer {
  /** Position behind the latest occurrence of each pattern. */
  readonly #seen = new Map<string, number>();
  /** Positions below this are in the index. */
  #indexed = 0;
  #length = FIRST_LENGTH;
  #misses = 0;
  #pause = FIRST_PAUSE;
  /** Nothing is proposed before the sequence has this many tokens. */
  #resumesAt = 0;

  propose(tokens: readonly number[], most: number): readonly number[] {
    const end = tokens.length;
    // The pattern at the very end is looked up before it is indexed, or it would find itself.
    for (; this.#indexed < end - 1; this.#indexed++) {
      const behind = this.#indexed + 1;
      if (behind >= PATTERN) this.#seen.set(keyOf(tokens, behind), behind);
    }
    if (end < Math.max(PATTERN, this.#resumesAt)) return [];
    const from = this.#seen.get(keyOf(tokens, end));
    if (from === undefined) return [];
    return tokens.slice(from, Math.min(end, from + Math.min(most, this.#length)));
  }

  learn(proposed: number, accepted: number): void {
    if (accepted === proposed) this.#length = Math.min(MOST, this.#length * 2);
    else this.#length = Math.max(1, accepted + 1);
    this.#misses = accepted === 0 ? this.#misses + 1 : 0;
    if (accepted > 0) this.#pause = FIRST_PAUSE;
    if (this.#misses < PATIENCE) return;
    this.#misses = 0;
    this.#resumesAt = this.#indexed + this.#pause;
    this.#pause *= 2;
  }
}

/** The tokens before a position, as one key. */
function keyOf(tokens: readonly number[], behind: number): string {
  return tokens.slice(behind - PATTERN, behind).join(" ");
}
