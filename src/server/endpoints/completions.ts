import { meanLogProbability } from "../../sampling/log-probabilities.js";
import type { Tokenizer } from "../../tokenizer/tokenizer.js";
import type { AnswerResult } from "../answer/answer.js";
import { Batch } from "../answer/batch.js";
import { completionLogProbabilities } from "../answer/log-probabilities.js";
import { readAnswerRequest } from "../answer/request.js";
import { finishReasonOf, newId, now, usageOf } from "../answer/usage.js";
import type { Exchange } from "../exchange.js";
import { wrongField } from "../failure.js";
import { Fields } from "../request/fields.js";
import { readPrompts } from "../request/prompt.js";
import { readStreaming } from "../request/streaming.js";
import { jsonResponse } from "../response/json.js";
import { EVENT_STREAM } from "../response/streamed.js";

/** `/v1/completions` of OpenAI's API, with llama.cpp's fields. */
export async function completions(exchange: Exchange, body: Readonly<Record<string, unknown>>): Promise<Response> {
  const { served, signal } = exchange;
  const { llama } = served;
  const fields = new Fields(body);
  const request = readAnswerRequest(fields, served, ["max_tokens", "n_predict"]);
  const prompts = await readPrompts(fields, llama);
  const { count, bestOf } = readCounts(fields, served.pool.parallel);
  const logProbabilities = fields.whole("logprobs", 0, 20);
  const isTold = logProbabilities !== undefined;
  const echo = fields.boolean("echo") ?? false;
  fields.only("suffix", "");
  const { isStreamed, hasUsage } = readStreaming(fields);
  fields.refuseRest();
  if (echo && isTold) {
    throw wrongField("echo", "echo with logprobs would need the probabilities of the prompt, which are not kept.");
  }
  if (isStreamed && bestOf > count) {
    throw wrongField("best_of", "best_of is known at the end only; leave it out, or do not stream.");
  }
  const source = { ...request, count: bestOf, logProbabilities: logProbabilities ?? (bestOf > count ? 0 : undefined) };
  // OpenAI's API has 16 here for max_tokens, which cuts nearly every answer; clients that want so few say it.
  const batch = await Batch.begin(served, prompts, source, signal);
  exchange.answers = batch;
  const head = { id: newId("cmpl-"), object: "text_completion", created: now(), model: served.name };
  const said = prompts.map((prompt) => (echo ? textOf(prompt, llama.tokenizer) : ""));
  const logprobs = (tokens: AnswerResult["logProbabilities"], offset: number) =>
    isTold ? completionLogProbabilities(tokens, llama.tokenizer, offset) : null;

  if (isStreamed) return exchange.stream(chunks(), EVENT_STREAM);
  const results = await batch.finish();
  signal.throwIfAborted();
  const chosen = prompts.flatMap((_, place) => {
    const best = likeliest(results.slice(place * bestOf, (place + 1) * bestOf), count);
    return best.map((result) => ({ result, text: said[place] + result.text }));
  });
  const choices = chosen.map(({ result, text }, index) => ({
    index,
    text,
    finish_reason: finishReasonOf(result.finishReason),
    logprobs: logprobs(result.logProbabilities, 0),
  }));
  return jsonResponse({ ...head, choices, usage: usageOf(batch.promptTokens, results) });

  async function* chunks(): AsyncGenerator<object, void, undefined> {
    const lengths = Array.from({ length: batch.count }, () => 0);
    const choice = (index: number, text: string, tokens: object | null, reason: string | null) => ({
      ...head,
      choices: [{ index, text, logprobs: tokens, finish_reason: reason }],
    });
    for (const index of echo ? lengths.keys() : []) {
      yield choice(index, said[Math.floor(index / count)] as string, null, null);
    }
    for await (const { index, text, logProbabilities: tokens } of batch.pieces()) {
      const offset = lengths[index] as number;
      lengths[index] = offset + text.length;
      yield choice(index, text, logprobs(tokens, offset), null);
    }
    const { results } = batch;
    for (const [index, { finishReason }] of results.entries()) {
      yield choice(index, "", null, finishReasonOf(finishReason));
    }
    if (hasUsage) yield { ...head, choices: [], usage: usageOf(batch.promptTokens, results) };
  }
}

/** How many answers to each prompt are told, and of how many they are the best. */
function readCounts(fields: Fields, parallel: number): { readonly count: number; readonly bestOf: number } {
  const count = fields.whole("n", 1, parallel) ?? 1;
  const bestOf = fields.whole("best_of", 1, parallel) ?? count;
  if (bestOf < count) throw wrongField("best_of", `best_of is ${bestOf}, and n asks for ${count} of these; swap them.`);
  return { count, bestOf };
}

/** Those whose tokens are the most probable on average, the best first; all of them in order where all are wanted. */
function likeliest(results: readonly AnswerResult[], count: number): readonly AnswerResult[] {
  if (count === results.length) return results;
  const rated = results.map((result) => ({ result, mean: meanLogProbability(result.logProbabilities) }));
  return rated
    .sort((one, other) => other.mean - one.mean)
    .slice(0, count)
    .map(({ result }) => result);
}

/** The text of a prompt, without the BOS before it. */
function textOf(prompt: readonly number[], tokenizer: Tokenizer): string {
  const ids = prompt[0] === tokenizer.bosId ? prompt.slice(1) : prompt;
  return tokenizer.decode(ids, { special: false, stripLeadingSpace: true });
}
