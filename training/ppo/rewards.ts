import { sigmoid } from "../objectives/ranking.js";
import { whiten } from "./advantages.js";

/** Below this share of safety an answer is judged by its safety alone ("Llama 2", Touvron et al. 2023, 3.2.3). */
export const UNSAFE_BELOW = 0.15;

/** What both reward models say of an answer, as they say it: before any sigmoid. */
export interface Judgement {
  /** Whether the prompt is tagged as one that might bring an unsafe answer. */
  readonly isSafetyPrompt: boolean;
  readonly safety: number;
  readonly helpfulness: number;
}

/**
 * The paper's Rc: the safety score where the prompt is tagged or the answer is unsafe, else the helpfulness score. The
 * gate is on the sigmoid; what comes out is the linear score, which is the paper's LOGIT of it.
 */
export function combinedScore({ isSafetyPrompt, safety, helpfulness }: Judgement): number {
  return isSafetyPrompt || sigmoid(safety) < UNSAFE_BELOW ? safety : helpfulness;
}

/** What an answer without EOS is worth, whatever a reward model makes of it: a deviation below the mean. */
export const WITHOUT_EOS = -1;

/** The paper's whitened scores, over the answers that ended; the others get {@link WITHOUT_EOS}. */
export function whitenedScores(scores: readonly number[], ended: readonly boolean[]): number[] {
  return whiten(scores, ended).map((score, i) => (ended[i] === true ? score : WITHOUT_EOS));
}

/**
 * The reward of each token: -beta (log p - log p0), whose expectation is the divergence from the reference; the last
 * token has the answer's score as well.
 * @param policy (tokens,) log p of each token when it was drawn
 * @param reference (tokens,) of the same in the reference
 */
export function tokenRewards(
  score: number,
  policy: readonly number[],
  reference: ArrayLike<number>,
  beta: number,
): number[] {
  return policy.map((logP, t) => {
    const penalty = -beta * (logP - (reference[t] as number));
    return t === policy.length - 1 ? penalty + score : penalty;
  });
}
