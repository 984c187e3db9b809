import type { ChatMessage } from "../../chat/message.js";
import { hasForm } from "../../generation/answer-form.js";
import { Answers } from "../answer/answer.js";
import type { AnswerRequest } from "../answer/request.js";
import type { Exchange } from "../exchange.js";
import { RequestFailure, wrongField } from "../failure.js";
import { chatSource } from "./source.js";
import type { ToolUse, ToolWish } from "./tools.js";

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
