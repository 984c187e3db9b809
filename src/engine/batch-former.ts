import type { Evaluation } from "./evaluation.js";
import { LogitsWanted } from "./run/job.js";

/** What a batch has room for. */
export interface BatchLimits {
  readonly tokens: number;
  /** Sequences. */
  readonly slices: number;
  /** Tokens whose logits are computed. */
  readonly logitRows: number;
}

/** The next tokens of an evaluation. */
export interface Piece {
  readonly evaluation: Evaluation;
  readonly count: number;
  readonly logits: LogitsWanted;
}

/**
 * Chooses what goes through the network next. Single tokens come first, for they are answers that somebody reads;
 * prompts share what is left evenly, the shortest first, so that a short one is not behind a long one. Whoever has
 * waited longest always has a token in it, however full it is.
 * @param waiting one evaluation a sequence, the one that has waited longest first
 */
export function formBatch(waiting: readonly Evaluation[], limits: BatchLimits): Piece[] {
  const singles = waiting.filter(({ left }) => left === 1);
  const prompts = waiting.filter(({ left }) => left > 1);
  const room = { ...limits };
  const pieces: Piece[] = [];
  const take = (evaluation: Evaluation, most: number) => {
    const piece = pieceOf(evaluation, most, room.logitRows);
    if (piece === undefined) return;
    pieces.push(piece);
    room.tokens -= piece.count;
    room.slices--;
    room.logitRows -= rowsOf(piece);
  };
  const isPromptFirst = waiting[0] !== undefined && waiting[0].left > 1;
  const kept = isPromptFirst ? 1 : 0;
  const most = Math.min(limits.tokens, limits.slices, limits.logitRows) - kept;
  for (const evaluation of singles.slice(0, Math.max(0, most))) take(evaluation, 1);
  const served = prompts.slice(0, Math.min(room.tokens, room.slices)).sort((a, b) => a.left - b.left);
  for (const [index, evaluation] of served.entries()) {
    take(evaluation, Math.floor(room.tokens / (served.length - index)));
  }
  return pieces;
}

/** As many tokens as there is room for, and rows of logits for those that have some. */
function pieceOf(evaluation: Evaluation, room: number, rows: number): Piece | undefined {
  const { left, logits } = evaluation;
  let count = Math.min(left, room);
  if (logits === LogitsWanted.ALL) count = Math.min(count, rows);
  // The last token waits for a batch that has room for its logits.
  else if (logits === LogitsWanted.LAST && count === left && rows === 0) count--;
  if (count === 0) return undefined;
  if (logits === LogitsWanted.LAST && count < left) return { evaluation, count, logits: LogitsWanted.NONE };
  return { evaluation, count, logits };
}

export function rowsOf({ count, logits }: Piece): number {
  if (logits === LogitsWanted.LAST) return 1;
  return logits === LogitsWanted.ALL ? count : 0;
}
