import type { Tokenizer } from "../../tokenizer/tokenizer.js";
import { Answers } from "../answer/answer.js";
import { completionLogProbabilities } from "../answer/log-probabilities.js";
import { readAnswerRequest } from "../answer/request.js";
import { finishReasonOf, newId, now, usageOf } from "../answer/usage.js";
import type { Exchange } from "../exchange.js";
import { wrongField } from "../failure.js";
import { Fields } from "../request/fields.js";
import { readPrompt } from "../request/prompt.js";
import { readStreaming } from "../request/streaming.js";
import { jsonResponse } from "../response/json.js";
import { EVENT_STREAM } from "../response/streamed.js";

/** `/v1/completions` of OpenAI's API, with llama.cpp's fields. */
export async function completions(exchange: Exchange, body: Readonly<Record<string, unknown>>): Promise<Response> {
  const { served, signal } = exchange;
  const { llama } = served;
  const fields = new Fields(body);
  const request = readAnswerRequest(fields, served, ["max_tokens", "n_predict"]);
  const prompt = readPrompt(fields, llama);
  const count = fields.whole("n", 1, served.pool.parallel) ?? 1;
  const logProbabilities = fields.whole("logprobs", 0, 20);
  const echo = fields.boolean("echo") ?? false;
  fields.only("best_of", 1, count);
  fields.only("suffix", "");
  const { isStreamed, hasUsage } = readStreaming(fields);
  fields.refuseRest();
  if (echo && logProbabilities !== undefined) {
    throw wrongField("echo", "echo with logprobs would need the probabilities of the prompt, which are not kept.");
  }
  // OpenAI's API has 16 here, which cuts nearly every answer; clients that want so few say it.
  const answers = await Answers.begin(served, { ...request, prompt, count, logProbabilities }, signal);
  exchange.answers = answers;
  const head = { id: newId("cmpl-"), object: "text_completion", created: now(), model: served.name };
  const said = echo ? textOf(prompt, llama.tokenizer) : "";

  if (isStreamed) return exchange.stream(chunks(), EVENT_STREAM);
  const results = await answers.finish();
  signal.throwIfAborted();
  const choices = results.map(({ text, finishReason, logProbabilities: tokens }, index) => ({
    index,
    text: said + text,
    finish_reason: finishReasonOf(finishReason),
    logprobs: logProbabilities === undefined ? null : completionLogProbabilities(tokens, llama.tokenizer, 0),
  }));
  return jsonResponse({ ...head, choices, usage: usageOf(answers.promptTokens, results) });

  async function* chunks(): AsyncGenerator<object, void, undefined> {
    const lengths = answers.answers.map(() => 0);
    const choice = (index: number, text: string, logprobs: object | null, reason: string | null) => ({
      ...head,
      choices: [{ index, text, logprobs, finish_reason: reason }],
    });
    if (said !== "") for (const { index } of answers.answers) yield choice(index, said, null, null);
    for await (const { index, text, logProbabilities: tokens } of answers.pieces()) {
      const offset = lengths[index] ?? 0;
      lengths[index] = offset + text.length;
      const isTold = logProbabilities !== undefined;
      yield choice(index, text, isTold ? completionLogProbabilities(tokens, llama.tokenizer, offset) : null, null);
    }
    const results = answers.answers.map(({ result }) => result);
    for (const [index, { finishReason }] of results.entries()) {
      yield choice(index, "", null, finishReasonOf(finishReason));
    }
    if (hasUsage) yield { ...head, choices: [], usage: usageOf(answers.promptTokens, results) };
  }
}

/** The text of a prompt, without the BOS before it. */
function textOf(prompt: readonly number[], tokenizer: Tokenizer): string {
  const ids = prompt[0] === tokenizer.bosId ? prompt.slice(1) : prompt;
  return tokenizer.decode(ids, { special: false, stripLeadingSpace: true });
}
