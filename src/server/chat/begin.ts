import type { ChatMessage } from "../../chat/message.js";
import { hasForm } from "../../generation/answer-form.js";
import { type AnswerSource, Answers } from "../answer/answer.js";
import type { AnswerRequest } from "../answer/request.js";
import type { Exchange } from "../exchange.js";
import { RequestFailure, wrongField } from "../failure.js";
import type { Served } from "../served.js";
import { writeChatPrompt } from "./prompt.js";
import { type ToolUse, type ToolWish, toolUse } from "./tools.js";

/** What answers of a conversation are computed from, whatever API asks. */
export interface ChatAsk {
  readonly messages: readonly ChatMessage[];
  readonly request: AnswerRequest;
  readonly wish: ToolWish | undefined;
  readonly count: number;
  readonly logProbabilities: number | undefined;
}

/** @throws RequestFailure where fields contradict each other, the prompt is too long, or too many wait */
export async function beginChat(
  exchange: Exchange,
  { messages, request, wish, count, logProbabilities }: ChatAsk,
): Promise<{ readonly answers: Answers; readonly use: ToolUse | undefined }> {
  const { served, signal } = exchange;
  refuseContradictions(request, wish, logProbabilities);
  const { source, use } = await chatSource(served, request, messages, wish);
  const answers = await Answers.begin(served, { ...source, count, logProbabilities }, signal);
  exchange.answers = answers;
  return { answers, use };
}

/** What the next answer of a conversation is computed from, whatever API asks, and how it may call functions. */
async function chatSource(
  served: Served,
  request: AnswerRequest,
  messages: readonly ChatMessage[],
  wish: ToolWish | undefined,
): Promise<{ source: Omit<AnswerSource, "count">; use: ToolUse | undefined }> {
  const use = wish === undefined ? undefined : await toolUse(served, wish);
  const { ids: prompt, endIds, stops } = await writeChatPrompt(served, messages, use?.told ?? []);
  // A form says itself where the answer ends, and may well have the template's stop texts in it.
  const isFormed = hasForm(request.form) || use?.format === "generic";
  const stop = isFormed ? request.stop : [...request.stop, ...stops];
  const isTrimmed = messages.at(-1)?.role !== "assistant";
  return { source: { ...request, stop, prompt, endIds, isTrimmed, grammar: use?.grammar }, use };
}

function refuseContradictions(
  { form }: AnswerRequest,
  wish: ToolWish | undefined,
  logProbabilities: number | undefined,
): void {
  if (wish === undefined) return;
  if (hasForm(form)) {
    throw new RequestFailure(
      "invalid_request_error",
      "An answer that may call tools has their form; leave out response_format, json_schema and grammar, or tools.",
      { param: "tools" },
    );
  }
  if (logProbabilities !== undefined) {
    throw wrongField("logprobs", "logprobs cannot be told of answers that may call tools; leave one of them out.");
  }
}
