import type { Answer } from "../answer/answer.js";
import { beginChat } from "../chat/begin.js";
import { CallStream, wholeAnswer } from "../chat/calls.js";
import type { Exchange } from "../exchange.js";
import { jsonResponse } from "../response/json.js";
import { type ChatDelta, ItemEvents, RESPONSE_STREAM, type ResponseEvent } from "../responses/events.js";
import { beginResponse, endResponse, outputItems } from "../responses/output.js";
import { readResponsesRequest } from "../responses/request.js";

/** `/v1/responses` of OpenAI's API: text, JSON and calls of functions; nothing is kept. */
export async function responses(exchange: Exchange, body: Readonly<Record<string, unknown>>): Promise<Response> {
  const { served, signal } = exchange;
  const request = readResponsesRequest(body, served);
  const { messages, wish } = request;
  const ask = { messages, request, wish, count: 1, logProbabilities: undefined };
  const { answers, use } = await beginChat(exchange, ask);
  const [answer] = answers.answers as [Answer];
  const begun = beginResponse(served, request.told);

  if (request.isStreamed) return exchange.stream(numbered(events()), RESPONSE_STREAM);
  await answers.finish();
  signal.throwIfAborted();
  const { result } = answer;
  const { content, calls } = use === undefined ? { content: result.text, calls: [] } : wholeAnswer(result, use);
  const items = outputItems(content, calls, result.finishReason === "stop");
  return jsonResponse(endResponse(begun, items, answers.promptTokens, result));

  async function* events(): AsyncGenerator<ResponseEvent, void, undefined> {
    yield { type: "response.created", response: begun };
    yield { type: "response.in_progress", response: begun };
    const items = new ItemEvents();
    const calls = use === undefined ? undefined : new CallStream(use);
    for await (const { text } of answers.pieces()) {
      const deltas = calls === undefined ? [{ content: text }] : calls.push(text);
      for (const delta of deltas as ChatDelta[]) yield* items.push(delta);
    }
    const { result } = answer;
    for (const delta of (calls?.end(result) ?? []) as ChatDelta[]) yield* items.push(delta);
    const isWhole = result.finishReason === "stop";
    yield* items.end(isWhole);
    const response = endResponse(begun, items.items, answers.promptTokens, result);
    yield { type: isWhole ? "response.completed" : "response.incomplete", response };
  }
}

/** Events count up. */
async function* numbered(events: AsyncGenerator<ResponseEvent, void, undefined>) {
  let sequence_number = 0;
  for await (const event of events) yield { ...event, sequence_number: sequence_number++ };
}
