import type { ScorePair } from "../../chat/scoring.js";
import { LlamaError, printable } from "../../errors.js";
import type { ScoredMessage } from "../../generation/reward.js";
import { isObject } from "../../json-object.js";

/** A line with a question and its answer, and all that stood in it. */
export interface WrittenPair {
  readonly pair: ScorePair;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Pairs of JSON lines: `{"prompt", "answer"}`, or `{"messages"}` of which the last is the answer. What members are of
 * the wrong kind is found where they are scored.
 * @throws LlamaError `format` with the line's number
 */
export function readPairs(text: string): WrittenPair[] {
  const pairs: WrittenPair[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() !== "") pairs.push(pairIn(line, index + 1));
  }
  if (pairs.length > 0) return pairs;
  throw new LlamaError("option", 'There is nothing to score; give -p and -a, or lines of {"prompt", "answer"}.');
}

function pairIn(line: string, number: number): WrittenPair {
  const wrong = (found: string) =>
    new LlamaError("format", `Line ${number} ${found}; expected {"prompt": …, "answer": …} or {"messages": […]}.`);
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw wrong(`is not JSON (${printable(reason, 100)})`);
  }
  if (!isObject(value)) throw wrong("is not an object");
  const { prompt, answer, messages } = value;
  if (messages === undefined) {
    if (typeof answer !== "string") throw wrong("has no answer that is a text");
    if (typeof prompt !== "string" && !Array.isArray(prompt)) throw wrong("has no prompt");
    return { pair: { prompt, answer }, fields: value };
  }
  if (prompt !== undefined || answer !== undefined) throw wrong("has messages and a prompt or an answer");
  const last = Array.isArray(messages) ? (messages.at(-1) as Partial<ScoredMessage> | undefined) : undefined;
  if (last?.role !== "assistant" || typeof last.content !== "string") {
    throw wrong("has messages that do not end with an answer of the assistant");
  }
  return { pair: { prompt: (messages as ScoredMessage[]).slice(0, -1), answer: last.content }, fields: value };
}
