import type { Candidates } from "./candidates.js";

/** A token and the natural logarithm of its probability. */
export interface TokenLogProbability {
  readonly id: number;
  readonly logprob: number;
}

/** The chosen token, with the model's own opinion of it and of the best ones: before any step of the chain. */
export interface SampledToken extends TokenLogProbability {
  /** Best first; tokens of probability 0 are left out. */
  readonly top: readonly TokenLogProbability[];
}

/**
 * The `count` most likely candidates by the softmax of the logits as they are.
 *
 * @returns them, and the logarithm of the sum of exp(logit): a token's logprob is its logit minus that
 */
export function bestLogProbabilities(
  candidates: Candidates,
  count: number,
): { top: TokenLogProbability[]; logTotal: number } {
  const logTotal = candidates.softmax();
  candidates.rank(count);
  const { ids, logits, size } = candidates.best;
  const top: TokenLogProbability[] = [];
  for (let i = 0; i < size; i++) {
    const logit = logits[i] as number;
    if (logit === Number.NEGATIVE_INFINITY) break;
    top.push({ id: ids[i] as number, logprob: logit - logTotal });
  }
  return { top, logTotal };
}

/** What a text's tokens have on average; 0 where there are none. */
export function meanLogProbability(tokens: readonly SampledToken[]): number {
  const sum = tokens.reduce((all, { logprob }) => all + logprob, 0);
  return tokens.length === 0 ? 0 : sum / tokens.length;
}
