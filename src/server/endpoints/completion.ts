import { isObject } from "../../json-object.js";
import type { SampledToken, TokenLogProbability } from "../../sampling/log-probabilities.js";
import type { AnswerSource } from "../answer/answer.js";
import { type AnswerResult, Answers } from "../answer/answer.js";
import { readAnswerRequest } from "../answer/request.js";
import { timingsOf } from "../answer/usage.js";
import type { Exchange } from "../exchange.js";
import { Fields } from "../request/fields.js";
import { readPrompt } from "../request/prompt.js";
import { jsonResponse } from "../response/json.js";
import type { StreamFormat } from "../response/streamed.js";
import { EVENT_STREAM } from "../response/streamed.js";
import type { Served } from "../served.js";

/** Its streams end with the last object, and no mark. */
const LLAMA_CPP_STREAM: StreamFormat = { ...EVENT_STREAM, end: "" };

/** `/completion` of llama.cpp's server. */
export async function completion(exchange: Exchange, body: Readonly<Record<string, unknown>>): Promise<Response> {
  const { served } = exchange;
  const fields = new Fields(body);
  const options = readCompletionFields(fields, served);
  const prompt = readPrompt(fields, served.llama);
  fields.refuseRest();
  return completionResponse(exchange, { ...options.source, prompt, count: 1 }, options);
}

export interface CompletionOptions {
  readonly source: Omit<AnswerSource, "prompt" | "count">;
  readonly isStreamed: boolean;
  readonly withTokens: boolean;
  /** Members of an answer's objects that are told, with a slash between those of nested ones; none for all. */
  readonly told: readonly string[];
}

/** The fields that `/completion` and `/infill` share. */
export function readCompletionFields(fields: Fields, served: Served): CompletionOptions {
  const request = readAnswerRequest(fields, served, ["n_predict", "max_tokens"]);
  const probabilities = fields.whole("n_probs", 0, 1000) ?? 0;
  const isStreamed = fields.boolean("stream") ?? false;
  const withTokens = fields.boolean("return_tokens") ?? false;
  // Nothing is ever pushed out of a context here, so nothing needs to be kept.
  fields.ignore("timings_per_token", "return_progress", "n_keep", "n_discard", "t_max_prompt_ms");
  const told = fields.texts("response_fields") ?? [];
  const indent = fields.whole("n_indent", 0, 1000) ?? 0;
  const milliseconds = fields.whole("t_max_predict_ms", -1) ?? 0;
  const lines = indent > 0 || milliseconds > 0 ? { indent, milliseconds } : undefined;
  fields.only("post_sampling_probs", false);
  const logProbabilities = probabilities > 0 ? probabilities : undefined;
  return { source: { ...request, logProbabilities, lines }, isStreamed, withTokens, told };
}

/** Answers in the form of llama.cpp's `/completion`. */
export async function completionResponse(
  exchange: Exchange,
  source: AnswerSource,
  { isStreamed, withTokens, told: members }: CompletionOptions,
): Promise<Response> {
  const { served, signal } = exchange;
  const { tokenizer } = served.llama;
  const answers = await Answers.begin(served, source, signal);
  exchange.answers = answers;
  const told = ({ id, logprob }: TokenLogProbability) => {
    const bytes = [...tokenizer.bytesOf(id)];
    return { id, token: tokenizer.piece(id), bytes, logprob: Number.isFinite(logprob) ? logprob : -9999 };
  };
  const probabilities = (tokens: readonly SampledToken[]) =>
    source.logProbabilities === undefined
      ? {}
      : { completion_probabilities: tokens.map((token) => ({ ...told(token), top_logprobs: token.top.map(told) })) };

  const ending = (result: AnswerResult) => ({
    id_slot: -1,
    model: served.name,
    stop: true,
    stop_type: stopType(result),
    stopping_word: result.stopString ?? "",
    tokens_predicted: result.tokens.length,
    tokens_evaluated: answers.promptTokens,
    tokens_cached: answers.promptTokens + Math.max(0, result.tokens.length - 1),
    truncated: false,
    timings: timingsOf(answers.promptTokens, result),
  });

  if (isStreamed) return exchange.stream(parts(), LLAMA_CPP_STREAM);
  const [result] = await answers.finish();
  signal.throwIfAborted();
  if (result === undefined) throw new RangeError("an answer was begun, and none is there");
  const { text: content, tokens, logProbabilities } = result;
  const whole = { index: 0, content, tokens: withTokens ? tokens : [], ...ending(result) };
  return jsonResponse(membersOf({ ...whole, ...probabilities(logProbabilities) }, members));

  async function* parts(): AsyncGenerator<object, void, undefined> {
    for await (const { text: content, tokens, logProbabilities } of answers.pieces()) {
      yield membersOf({ index: 0, content, tokens, stop: false, ...probabilities(logProbabilities) }, members);
    }
    const last = answers.answers[0]?.result;
    if (last !== undefined) yield membersOf({ index: 0, content: "", tokens: [], ...ending(last) }, members);
  }
}

/** Members by their paths; the last name of a path is what it is told by. */
function membersOf(whole: object, paths: readonly string[]): object {
  if (paths.length === 0) return whole;
  const found = paths.flatMap((path) => {
    const names = path.split("/");
    const value = names.reduce<unknown>(
      (inner, name) => (isObject(inner) && Object.hasOwn(inner, name) ? inner[name] : undefined),
      whole,
    );
    return value === undefined ? [] : [[names.at(-1) ?? path, value] as const];
  });
  return Object.fromEntries(found);
}

function stopType({ finishReason, stopString }: AnswerResult): "eos" | "word" | "limit" | "none" {
  if (stopString !== undefined) return "word";
  if (finishReason === "stop") return "eos";
  return finishReason === "abort" ? "none" : "limit";
}
