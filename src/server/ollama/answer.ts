import type { AnswerResult, Answers } from "../answer/answer.js";
import type { Served } from "../served.js";

const NANOSECONDS = 1e6;

/** What every object of an answer begins with. */
export function headOf({ name }: Served): { readonly model: string; readonly created_at: string } {
  return { model: name, created_at: new Date().toISOString() };
}

/** The end of an answer; durations in nanoseconds. @param start when the request came, by `performance.now()` */
export function endingOf({ promptTokens }: Answers, result: AnswerResult, start: number): object {
  const { stats, tokens, finishReason } = result;
  return {
    done: true,
    done_reason: finishReason === "length" || finishReason === "context" ? "length" : "stop",
    ...durations(start),
    prompt_eval_count: promptTokens,
    prompt_eval_duration: nanoseconds(stats.promptMs),
    eval_count: tokens.length,
    eval_duration: nanoseconds(stats.generateMs),
  };
}

/** The model was loaded before anybody asked. */
export function durations(start: number): object {
  return { total_duration: nanoseconds(performance.now() - start), load_duration: 0 };
}

function nanoseconds(milliseconds: number): number {
  return Math.round(milliseconds * NANOSECONDS);
}

/** The first of the answers, which is the only one. */
export function onlyResult(results: readonly AnswerResult[]): AnswerResult {
  const [result] = results;
  if (result === undefined) throw new RangeError("an answer was begun, and none is there");
  return result;
}
