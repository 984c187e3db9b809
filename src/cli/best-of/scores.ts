import { printable } from "../../errors.js";
import type { Candidate } from "../../generation/candidate.js";
import { counted } from "../show/amounts.js";
import { aligned } from "../show/table.js";

/** UTF-16 units of an answer that a line shows. */
const SHOWN = 60;

/** Answers with their scores, a line each, the best first. */
export function scoreLines(candidates: readonly Candidate[]): string[] {
  return aligned(
    candidates.map(({ score, parts, seed, tokens, finishReason, text }) => [
      score === undefined ? "no score" : score.toFixed(4),
      ...(parts === undefined
        ? []
        : [`(helpfulness ${parts.helpfulness.toFixed(4)}, safety ${parts.safety.toFixed(4)})`]),
      `seed ${seed}`,
      counted(tokens.length, "token"),
      finishReason,
      printable(text.trim(), SHOWN),
    ]),
  );
}

/** The members of `--json` that tell of a choice. */
export function scoreReport(candidates: readonly Candidate[]): object {
  return {
    score: candidates[0]?.score,
    candidates: candidates.map(({ index: _, parts, ...candidate }) => ({ ...candidate, ...parts })),
  };
}
