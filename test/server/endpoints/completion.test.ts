import assert from "node:assert/strict";
import { test } from "node:test";
import { type Body, client, llama } from "../../helpers/served.js";

const { ask, stream, refused, get } = client();
const PROMPT = "Once upon a time";

test("/v1/completions continues a text or ids, with the library's tokens", async () => {
  const options = { seed: 5, temperature: 1.1, maxTokens: 12 };
  const text = await llama.complete(PROMPT, options);
  const body = { prompt: PROMPT, seed: 5, temperature: 1.1, max_tokens: 12 };
  const whole = await ask("/v1/completions", body);
  assert.deepEqual([whole.choices[0].text, whole.choices[0].finish_reason], [text, "length"]);
  const ids = await ask("/v1/completions", { ...body, prompt: llama.tokenizer.encode(PROMPT) });
  assert.equal(ids.choices[0].text, text);
  const chunks = await stream("/v1/completions", body);
  assert.equal(chunks.map((chunk) => chunk.choices[0].text).join(""), text);
  const echoed = await ask("/v1/completions", { ...body, echo: true });
  assert.equal(echoed.choices[0].text, PROMPT + text);
});

test("/v1/completions tells probabilities with their places in the text", async () => {
  const body = { prompt: PROMPT, temperature: 0, max_tokens: 6, logprobs: 2 };
  const { choices } = await ask("/v1/completions", body);
  const { tokens, text_offset, token_logprobs } = choices[0].logprobs;
  assert.equal(tokens.join(""), choices[0].text);
  assert.deepEqual(
    tokens.map((_: string, i: number) => tokens.slice(0, i).join("").length),
    text_offset,
  );
  assert.equal(token_logprobs.length, 6);
  const chunks = await stream("/v1/completions", body);
  assert.deepEqual(
    chunks.flatMap((chunk) => chunk.choices[0].logprobs?.text_offset ?? []),
    text_offset,
  );
});

test("/completion of llama.cpp tells how it ended, and what a KV cache held", async () => {
  const body = { prompt: PROMPT, n_predict: 10, temperature: 0, return_tokens: true };
  const whole = await ask("/completion", body);
  assert.deepEqual([whole.stop_type, whole.tokens_predicted, whole.tokens.length], ["limit", 10, 10]);
  const again = await ask("/completion", body);
  assert.deepEqual([again.content, again.timings.cache_n], [whole.content, whole.tokens_evaluated - 1]);
  const stopped = await ask("/completion", { ...body, stop: [" was"] });
  assert.deepEqual([stopped.stop_type, stopped.stopping_word], ["word", " was"]);
  const parts = await stream("/completion", { ...body, n_probs: 1 });
  assert.equal(parts.map(({ content }: Body) => content).join(""), whole.content);
  assert.deepEqual([parts.at(-1).stop, parts[0].completion_probabilities[0].top_logprobs.length], [true, 1]);
});

test("/completion ends at a line or after a time where an editor asks for that, and tells what is asked for", async () => {
  const body = { prompt: "3 + 4", temperature: 0, n_predict: 40, grammar: 'root ::= "a\\n  b\\nc" [a-z]*' };
  const whole = await ask("/completion", { ...body, n_indent: 2 });
  assert.deepEqual([whole.content, whole.stop_type], ["a\n  b", "limit"]);
  const parts = await stream("/completion", { ...body, n_indent: 2 });
  assert.equal(parts.map(({ content }: Body) => content).join(""), "a\n  b");
  assert.equal(parts.at(-1).stop_type, "limit");
  const timed = await ask("/completion", { ...body, t_max_predict_ms: 1 });
  assert.deepEqual([timed.content.startsWith("a\n"), timed.stop_type], [true, "limit"]);
  assert.ok(timed.content.length < 12, timed.content);
  const some = await ask("/completion", { ...body, response_fields: ["content", "timings/predicted_n", "no/such"] });
  assert.deepEqual(Object.keys(some), ["content", "predicted_n"]);
  assert.equal((await ask("/completion", { ...body, n_predict: 0, id_slot: 0 })).content, "");
});

test("samplers of llama.cpp's fields are those of the library", async () => {
  const text = await llama.complete(PROMPT, {
    seed: 3,
    mirostat: 2,
    mirostatTau: 3,
    maxTokens: 12,
    repeatPenalty: 1.3,
  });
  const body = { prompt: PROMPT, seed: 3, mirostat: 2, mirostat_tau: 3, n_predict: 12, repeat_penalty: 1.3 };
  assert.equal((await ask("/completion", body)).content, text);
  const order = await llama.complete(PROMPT, { seed: 3, maxTokens: 12, samplers: ["temperature", "top_p"] });
  const ordered = { prompt: PROMPT, seed: 3, n_predict: 12, samplers: ["temperature", "top_p"] };
  assert.equal((await ask("/completion", ordered)).content, order);
  const filled = await llama.complete(PROMPT, { seed: 3, maxTokens: 12, samplers: ["top_k", "infill"] });
  const filling = { prompt: PROMPT, seed: 3, n_predict: 12, samplers: ["top_k", "infill"] };
  assert.equal((await ask("/completion", filling)).content, filled);
  assert.equal((await refused("/completion", { prompt: PROMPT, samplers: ["magic"] }, 400)).param, "samplers");
  assert.equal((await refused("/completion", { prompt: PROMPT, mirostat: 7 }, 400)).param, "mirostat");
  assert.equal((await refused("/completion", { prompt: "", add_bos: false }, 400)).param, "add_bos");
});

test("tokens, text and templates are told", async () => {
  const { tokens } = await ask("/tokenize", { content: "Hello world", add_special: true });
  assert.deepEqual(tokens, llama.tokenizer.encode("Hello world"));
  assert.equal((await ask("/detokenize", { tokens: tokens.slice(1) })).content, "Hello world");
  const { prompt } = await ask("/apply-template", { messages: [{ role: "user", content: "Hi" }] });
  assert.match(prompt, /\[INST\] Hi \[\/INST\]/);
  assert.equal((await refused("/detokenize", { tokens: [-1] }, 400)).param, "tokens");
  assert.equal((await refused("/infill", { input_prefix: "a", input_suffix: "b" }, 501)).type, "not_supported_error");
});

test("facts are told", async () => {
  const json = async (path: string) => (await (await get(path)).json()) as Body;
  assert.deepEqual(await json("/health"), { status: "ok" });
  assert.equal((await json("/v1/models")).data[0].meta.n_ctx_train, 512);
  assert.equal((await json("/props")).total_slots, 4);
  assert.ok((await json("/slots")).length >= 1);
  const metrics = await (await get("/metrics")).text();
  assert.match(metrics, /^llamacpp:tokens_predicted_total [1-9]\d*$/m);
  assert.deepEqual(await ask("/lora-adapters", []), []);
});
