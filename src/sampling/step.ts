import type { Random } from "../random.js";
import type { Candidates } from "./candidates.js";

/** Tokens accepted so far, newest first: at most as many as the context holds. */
export interface TokenHistory {
  readonly length: number;
  /** The token `back` places before the newest, which is 0; `back` is below `length`. */
  recent(back: number): number;
}

/** What a step may look at beside the candidates. */
export interface SamplerContext {
  readonly history: TokenHistory;
  /** The sampler's one generator: a step that draws from it stays repeatable by the seed. */
  readonly random: Random;
}

/**
 * One step of the chain: it narrows or reweighs the candidates. A step that is given to a sampler from outside (a
 * grammar, say) runs before all others and sees the whole vocabulary; it forbids a token by setting its logit to
 * -Infinity.
 */
export interface SamplerStep {
  readonly name: string;
  /** Narrows or reweighs the candidates, in place. */
  apply(candidates: Candidates, context: SamplerContext): void;
  /** Hears of every token of the prompt and of the answer, in order. */
  accept?(id: number): void;
  /** Back to the state before the first token. A step without it has no state. */
  reset?(): void;
  /** An independent copy with the same state. A step without it has no state, and is shared. */
  clone?(): SamplerStep;
}

/** The last step: it chooses one of the candidates that are left. */
export interface Selection {
  readonly name: string;
  /** Position of the chosen token; there is at least one candidate. */
  choose(candidates: Candidates, context: SamplerContext): number;
  reset?(): void;
  clone?(): Selection;
}
