import type { AnswerInfo, Judgement } from "./judge.js";

/** One of several answers to a prompt. */
export interface Candidate extends Omit<AnswerInfo, "signal"> {
  readonly text: string;
  /** Undefined where it was not scored, since everything ended before. */
  readonly score: number | undefined;
  /** What two reward models gave; undefined where one, or a function, did. */
  readonly parts: Judgement["parts"];
}

/**
 * Answers, the best first. Those that are whole come before those that were cut off, whatever these scored, and those
 * without a score last; equals are ranked by what the model thinks of them, then by the lower seed.
 */
export function ranked<T extends Candidate>(candidates: readonly T[]): T[] {
  return [...candidates].sort(
    (a, b) =>
      rankOf(a) - rankOf(b) ||
      compare(b.score ?? 0, a.score ?? 0) ||
      compare(b.logProbability, a.logProbability) ||
      a.index - b.index,
  );
}

function rankOf({ finishReason, score }: Candidate): number {
  if (score === undefined) return 2;
  return finishReason === "stop" ? 0 : 1;
}

/** Infinities are equal to themselves. */
function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
