import type { AnswerResult } from "../answer/answer.js";
import { newId, now } from "../answer/usage.js";
import type { CallObject } from "../chat/calls.js";
import type { Served } from "../served.js";

/** An item of a response: what is said, or a call. */
export type OutputItem = MessageItem | CallItem;

export interface MessageItem {
  readonly type: "message";
  readonly id: string;
  readonly status: "completed" | "in_progress" | "incomplete";
  readonly role: "assistant";
  readonly content: readonly OutputText[];
}

export interface CallItem {
  readonly type: "function_call";
  readonly id: string;
  readonly call_id: string;
  readonly name: string;
  readonly arguments: string;
  readonly status: "completed" | "in_progress";
}

export interface OutputText {
  readonly type: "output_text";
  readonly text: string;
  readonly annotations: readonly never[];
  readonly logprobs: readonly never[];
}

export function outputText(text: string): OutputText {
  return { type: "output_text", text, annotations: [], logprobs: [] };
}

/** The items of a whole answer. What says nothing is no item, unless there is no other. */
export function outputItems(content: string, calls: readonly CallObject[], isWhole: boolean): OutputItem[] {
  const status = isWhole ? "completed" : "incomplete";
  const said: OutputItem = {
    type: "message",
    id: newId("msg_"),
    status,
    role: "assistant",
    content: [outputText(content)],
  };
  const called = calls.map(
    ({ id, function: { name, arguments: written } }): OutputItem => ({
      ...{
        type: "function_call",
        id: newId("fc_"),
        call_id: `call_${id}`,
        name,
        arguments: written,
        status: "completed",
      },
    }),
  );
  return content === "" && called.length > 0 ? called : [said, ...called];
}

/** A response that is under way. */
export function beginResponse(
  served: Served,
  told: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return {
    id: newId("resp_"),
    object: "response",
    created_at: now(),
    status: "in_progress",
    error: null,
    incomplete_details: null,
    model: served.name,
    output: [],
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: false,
    truncation: "disabled",
    usage: null,
    ...told,
  };
}

/** The response once its answer has ended. */
export function endResponse(
  begun: Readonly<Record<string, unknown>>,
  output: readonly OutputItem[],
  promptTokens: number,
  { tokens, cached, finishReason }: AnswerResult,
): Readonly<Record<string, unknown>> {
  const isWhole = finishReason === "stop";
  return {
    ...begun,
    status: isWhole ? "completed" : "incomplete",
    incomplete_details: isWhole ? null : { reason: "max_output_tokens" },
    output,
    usage: {
      input_tokens: promptTokens,
      input_tokens_details: { cached_tokens: cached },
      output_tokens: tokens.length,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: promptTokens + tokens.length,
    },
  };
}
