import type { AnswerResult } from "../answer/answer.js";
import { chatLogProbabilities } from "../answer/log-probabilities.js";
import { readAnswerRequest } from "../answer/request.js";
import { finishReasonOf, newId, now, timingsOf, usageOf } from "../answer/usage.js";
import { beginChat } from "../chat/begin.js";
import { CallStream, wholeAnswer } from "../chat/calls.js";
import { readMessages } from "../chat/messages.js";
import { readTools, type ToolUse } from "../chat/tools.js";
import type { Exchange } from "../exchange.js";
import { wrongField } from "../failure.js";
import { Fields } from "../request/fields.js";
import { readStreaming } from "../request/streaming.js";
import { jsonResponse } from "../response/json.js";
import { EVENT_STREAM } from "../response/streamed.js";

/** `/v1/chat/completions` of OpenAI's API, with llama.cpp's fields. */
export async function chatCompletions(exchange: Exchange, body: Readonly<Record<string, unknown>>): Promise<Response> {
  const { served, signal } = exchange;
  const { tokenizer } = served.llama;
  const fields = new Fields(body);
  const messages = readMessages(fields.take("messages"));
  const request = readAnswerRequest(fields, served, ["max_completion_tokens", "max_tokens", "n_predict"]);
  const wish = readTools(fields);
  const count = fields.whole("n", 1, served.pool.parallel) ?? 1;
  const logProbabilities = readLogProbabilities(fields);
  const { isStreamed, hasUsage } = readStreaming(fields);
  fields.only("modalities", ["text"]);
  fields.only("reasoning_effort", "none");
  fields.only("reasoning_format", "none");
  fields.only("chat_template_kwargs", {});
  fields.only("add_generation_prompt", true);
  fields.only("verbosity", "medium");
  // Guesses of an answer make it come sooner elsewhere, and no other.
  fields.ignore("timings_per_token", "prediction");
  fields.refuseRest();
  const { answers, use } = await beginChat(exchange, { messages, request, wish, count, logProbabilities });

  const head = { id: newId("chatcmpl-"), created: now(), model: served.name };
  const logprobs = (tokens: AnswerResult["logProbabilities"]) =>
    logProbabilities === undefined ? null : chatLogProbabilities(tokens, tokenizer);

  if (isStreamed) return exchange.stream(chunks(), EVENT_STREAM);
  const results = await answers.finish();
  signal.throwIfAborted();
  const choices = results.map((result, index) => {
    const { message, isCalling } = messageOf(result, use);
    const reason = isCalling ? "tool_calls" : finishReasonOf(result.finishReason);
    return { index, message, logprobs: logprobs(result.logProbabilities), finish_reason: reason };
  });
  const usage = usageOf(answers.promptTokens, results);
  const [first] = results;
  const timings = first && timingsOf(answers.promptTokens, first);
  return jsonResponse({ ...head, object: "chat.completion", choices, usage, timings });

  async function* chunks(): AsyncGenerator<object, void, undefined> {
    const chunk = (choices: object[], more: object = {}) => ({
      ...head,
      object: "chat.completion.chunk",
      choices,
      ...more,
    });
    const choice = (
      index: number,
      delta: object,
      tokens: AnswerResult["logProbabilities"] = [],
      reason: string | null = null,
    ) => chunk([{ index, delta, logprobs: tokens.length === 0 ? null : logprobs(tokens), finish_reason: reason }]);
    const calls = answers.answers.map(() => (use === undefined ? undefined : new CallStream(use)));
    for (const { index } of answers.answers) yield choice(index, { role: "assistant", content: null });
    for await (const { index, text, logProbabilities: tokens } of answers.pieces()) {
      const stream = calls[index];
      const deltas = stream === undefined ? [{ content: text }] : stream.push(text);
      for (const [i, delta] of deltas.entries()) yield choice(index, delta, i === 0 ? tokens : []);
    }
    const results = answers.answers.map(({ result }) => result);
    for (const [index, result] of results.entries()) {
      for (const delta of calls[index]?.end(result) ?? []) yield choice(index, delta);
      const reason = calls[index]?.isCalling === true ? "tool_calls" : finishReasonOf(result.finishReason);
      yield choice(index, {}, [], reason);
    }
    const [first] = results;
    const usage = usageOf(answers.promptTokens, results);
    if (hasUsage) yield chunk([], { usage, timings: first && timingsOf(answers.promptTokens, first) });
  }
}

/** @returns how many alternatives are told of each token; undefined for no probabilities */
function readLogProbabilities(fields: Fields): number | undefined {
  const isWanted = fields.boolean("logprobs") ?? false;
  const top = fields.whole("top_logprobs", 0, 20);
  if (top !== undefined && !isWanted) throw wrongField("top_logprobs", "top_logprobs needs logprobs: true.");
  return isWanted ? (top ?? 0) : undefined;
}

function messageOf(result: AnswerResult, use: ToolUse | undefined): { message: object; isCalling: boolean } {
  const { content, calls } = use === undefined ? { content: result.text, calls: [] } : wholeAnswer(result, use);
  const isCalling = calls.length > 0;
  const message = { role: "assistant", content: isCalling && content === "" ? null : content, refusal: null };
  return { message: isCalling ? { ...message, tool_calls: calls } : message, isCalling };
}
