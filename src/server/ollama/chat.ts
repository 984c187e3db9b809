import type { AnswerPiece, AnswerResult } from "../answer/answer.js";
import { chatLogProbabilities } from "../answer/log-probabilities.js";
import { beginChat } from "../chat/begin.js";
import { type CallObject, CallStream, wholeAnswer } from "../chat/calls.js";
import { readMessages } from "../chat/messages.js";
import { readTools, type ToolUse } from "../chat/tools.js";
import type { Exchange } from "../exchange.js";
import { Fields } from "../request/fields.js";
import { jsonResponse } from "../response/json.js";
import { NDJSON } from "../response/streamed.js";
import { endingOf, headOf, onlyResult } from "./answer.js";
import { loadedResponse } from "./loaded.js";
import { withCallIds } from "./messages.js";
import { readOllamaRequest } from "./request.js";

/** `/api/chat` of ollama. */
export async function ollamaChat(exchange: Exchange, body: Readonly<Record<string, unknown>>): Promise<Response> {
  const start = performance.now();
  const { served, signal } = exchange;
  const { tokenizer } = served.llama;
  const fields = new Fields(body);
  const { isStreamed, logProbabilities, ...request } = readOllamaRequest(fields, served);
  const said = fields.take("messages");
  const wish = readTools(fields);
  fields.refuseRest();
  const isEmpty = said === undefined || (Array.isArray(said) && said.length === 0);
  if (isEmpty) return loadedResponse(served, { message: { role: "assistant", content: "" } });
  const messages = readMessages(withCallIds(said));
  const { answers, use } = await beginChat(exchange, { messages, request, wish, count: 1, logProbabilities });
  const told = (tokens: AnswerPiece["logProbabilities"]) =>
    logProbabilities === undefined || tokens.length === 0
      ? {}
      : { logprobs: chatLogProbabilities(tokens, tokenizer).content };
  const message = (content: string, calls: readonly CallObject[] = []) => ({
    role: "assistant",
    content,
    ...(calls.length > 0 && { tool_calls: calls.map(callOf) }),
  });

  if (isStreamed) return exchange.stream(lines(), NDJSON);
  const result = onlyResult(await answers.finish());
  signal.throwIfAborted();
  const { content, calls } = wholeOf(result, use);
  return jsonResponse({
    ...headOf(served),
    message: message(content, calls),
    ...endingOf(answers, result, start),
    ...told(result.logProbabilities),
  });

  async function* lines(): AsyncGenerator<object, void, undefined> {
    const calls = use && new CallStream(use);
    const line = (content: string, tokens: AnswerPiece["logProbabilities"] = []) => ({
      ...headOf(served),
      message: message(content),
      done: false,
      ...told(tokens),
    });
    for await (const { text, logProbabilities: tokens } of answers.pieces()) {
      const content = calls === undefined ? text : contentOf(calls.push(text));
      if (content !== "") yield line(content, tokens);
    }
    const result = onlyResult(answers.answers.map((answer) => answer.result));
    const rest = contentOf(calls?.end(result) ?? []);
    if (rest !== "") yield line(rest);
    const made = wholeOf(result, use).calls;
    if (made.length > 0) yield { ...headOf(served), message: message("", made), done: false };
    yield { ...headOf(served), message: message(""), ...endingOf(answers, result, start) };
  }
}

function wholeOf(result: AnswerResult, use: ToolUse | undefined): { content: string; calls: readonly CallObject[] } {
  return use === undefined ? { content: result.text, calls: [] } : wholeAnswer(result, use);
}

/** What is said in deltas of OpenAI's API; calls are told whole, at the end. */
function contentOf(deltas: readonly object[]): string {
  return deltas.map((delta) => ("content" in delta ? String(delta.content) : "")).join("");
}

function callOf({ id, function: { name, arguments: written } }: CallObject): object {
  return { id, function: { name, arguments: JSON.parse(written) as unknown } };
}
