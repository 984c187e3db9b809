import { AnswerError } from "../../errors.js";
import { valueBySchema } from "../../typed/value.js";
import type { ChatToolCall } from "../message.js";
import type { ToolUse } from "./options.js";

/** A call that was made for an answer, and what came of it. */
export interface ToolCallResult extends ChatToolCall {
  /** What the tool gave; undefined where it threw. */
  readonly result?: unknown;
  /** What it threw. */
  readonly error?: unknown;
}

/**
 * Runs what a model called, at the same time.
 * @returns in the order of the calls; undefined where the signal was aborted before all were done
 * @throws what a tool throws, once all are done, where errors are to be thrown
 */
export async function runCalls(
  calls: readonly ChatToolCall[],
  use: ToolUse,
  signal: AbortSignal | undefined,
): Promise<readonly ToolCallResult[] | undefined> {
  const made = Promise.all(calls.map((call) => runCall(call, use, signal)));
  const results = await untilAborted(made, signal);
  const failed = results?.find((result) => "error" in result);
  if (failed !== undefined && use.errors === "throw") throw failed.error;
  return results;
}

/** What the model is told of a call. */
export function toldOf({ result, ...call }: ToolCallResult): string {
  if (!("error" in call)) return typeof result === "string" ? result : (JSON.stringify(result) ?? "null");
  return `Error: ${call.error instanceof Error ? call.error.message : String(call.error)}`;
}

async function runCall(
  call: ChatToolCall,
  { tools }: ToolUse,
  signal: AbortSignal | undefined,
): Promise<ToolCallResult> {
  try {
    const tool = tools.find(({ name }) => name === call.name);
    if (tool === undefined) throw new TypeError(`a call of ${call.name} went past the check of names`);
    const read = await valueBySchema(tool.schema, call.arguments);
    if ("issues" in read) {
      throw new AnswerError(`The arguments are refused by the schema: ${read.issues}`, JSON.stringify(call.arguments));
    }
    const result: unknown = await tool.run(read.value, { callId: call.id, signal });
    // What is no JSON, such as a value that holds itself, is the tool's fault and not the chat's.
    JSON.stringify(result);
    return { ...call, result };
  } catch (error) {
    return { ...call, error };
  }
}

/** What comes of some work; undefined where the signal is aborted first, though the work may not listen to it. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  if (signal === undefined) return work;
  if (signal.aborted) return undefined;
  let stop = () => {};
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
    signal.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
