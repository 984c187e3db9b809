import type { ChatMessage } from "../../chat/message.js";
import { wellFormed } from "../../chat/message.js";
import { resolveInfill } from "../../generation/infill-defaults.js";
import { infillPrompt } from "../../generation/infill-prompt.js";
import { type AnswerPiece, type AnswerSource, Answers } from "../answer/answer.js";
import { chatLogProbabilities } from "../answer/log-probabilities.js";
import { beginChat } from "../chat/begin.js";
import type { Exchange } from "../exchange.js";
import { wrongField } from "../failure.js";
import { Fields } from "../request/fields.js";
import { jsonResponse } from "../response/json.js";
import { NDJSON } from "../response/streamed.js";
import { endingOf, headOf, onlyResult } from "./answer.js";
import { loadedResponse } from "./loaded.js";
import { type OllamaRequest, readOllamaRequest } from "./request.js";

/** What is asked: a prompt that a template is put around unless it is raw, or a gap between two texts. */
interface Asked {
  readonly prompt: string;
  readonly system: string | undefined;
  readonly suffix: string | undefined;
  readonly isRaw: boolean;
}

/** `/api/generate` of ollama. */
export async function ollamaGenerate(exchange: Exchange, body: Readonly<Record<string, unknown>>): Promise<Response> {
  const start = performance.now();
  const { served, signal } = exchange;
  const { tokenizer } = served.llama;
  const fields = new Fields(body);
  const request = readOllamaRequest(fields, served);
  const asked = readAsked(fields);
  fields.refuseRest();
  if (asked.prompt === "" && asked.suffix === undefined) return loadedResponse(served, { response: "" });
  const answers = await begin(exchange, request, asked);
  const told = (tokens: AnswerPiece["logProbabilities"]) =>
    request.logProbabilities === undefined || tokens.length === 0
      ? {}
      : { logprobs: chatLogProbabilities(tokens, tokenizer).content };

  if (request.isStreamed) return exchange.stream(lines(), NDJSON);
  const result = onlyResult(await answers.finish());
  signal.throwIfAborted();
  return jsonResponse({
    ...headOf(served),
    response: result.text,
    ...endingOf(answers, result, start),
    ...told(result.logProbabilities),
  });

  async function* lines(): AsyncGenerator<object, void, undefined> {
    for await (const { text, logProbabilities } of answers.pieces()) {
      yield { ...headOf(served), response: text, done: false, ...told(logProbabilities) };
    }
    const result = onlyResult(answers.answers.map((answer) => answer.result));
    yield { ...headOf(served), response: "", ...endingOf(answers, result, start) };
  }
}

function readAsked(fields: Fields): Asked {
  const prompt = fields.text("prompt") ?? "";
  const system = fields.text("system") || undefined;
  const suffix = fields.text("suffix") || undefined;
  const isRaw = fields.boolean("raw") ?? false;
  fields.only("template", "");
  fields.only("images", []);
  fields.only("context", []);
  const isWritten = isRaw ? "raw" : suffix === undefined ? undefined : "suffix";
  if (system !== undefined && isWritten !== undefined) {
    throw wrongField("system", `system is part of a template, which there is none of with ${isWritten}.`);
  }
  if (isRaw && suffix !== undefined) throw wrongField("suffix", "suffix contradicts raw: true; leave one of them out.");
  return { prompt, system, suffix, isRaw };
}

async function begin(exchange: Exchange, request: OllamaRequest, asked: Asked): Promise<Answers> {
  const { served, signal } = exchange;
  const { tokenizer, contextSize, file } = served.llama;
  const { prompt, system, suffix, isRaw } = asked;
  const { logProbabilities } = request;
  if (!isRaw && suffix === undefined) {
    const messages: ChatMessage[] = [{ role: "user", content: wellFormed(prompt) }];
    if (system !== undefined) messages.unshift({ role: "system", content: wellFormed(system) });
    return (await beginChat(exchange, { messages, request, wish: undefined, count: 1, logProbabilities })).answers;
  }
  const source = { ...request, ...written(), count: 1 };
  const answers = await Answers.begin(served, source, signal);
  exchange.answers = answers;
  return answers;

  function written(): Pick<AnswerSource, "prompt" | "healed" | "stop"> {
    const { stop } = request;
    if (suffix === undefined) {
      return { prompt: tokenizer.encode(prompt, { parseSpecial: true, tokenLimit: contextSize }), stop };
    }
    const parts = { prefix: prompt, suffix };
    const { asked, generating } = resolveInfill(file.metadata, parts, { tokenHealing: false, stop });
    const { ids, healed } = infillPrompt(tokenizer, parts, asked, contextSize);
    return { prompt: ids, healed, stop: generating.stop ?? [] };
  }
}
