import assert from "node:assert/strict";
import { test } from "node:test";
import { meanLogProbability } from "#dist/sampling/log-probabilities.js";
import { type Body, client, llama } from "../../helpers/served.js";

const PATH = "/v1/completions";
const PROMPTS = ["Once upon a time", "The dog", "One day, Lily", "A big tree", "The sun was", "Tom had a red"];
const BODY = { prompt: PROMPTS, seed: 5, temperature: 1.1, max_tokens: 12 };
const alone = (prompt: string) => llama.complete(prompt, { seed: 5, temperature: 1.1, maxTokens: 12 });
const textsOf = ({ choices }: Body) => choices.map(({ text }: Body) => text);

test("several prompts are answered as each alone, more than are computed at once too", async () => {
  const { ask, stream } = client({ parallel: 4 });
  const texts = await Promise.all(PROMPTS.map(alone));
  const whole = await ask(PATH, BODY);
  assert.deepEqual(textsOf(whole), texts);
  assert.deepEqual(
    whole.choices.map(({ index }: Body) => index),
    [0, 1, 2, 3, 4, 5],
  );
  const ids = PROMPTS.map((prompt) => llama.tokenizer.encode(prompt));
  assert.equal(whole.usage.prompt_tokens, ids.flat().length);
  assert.equal(whole.usage.completion_tokens, 12 * 6);
  assert.deepEqual(textsOf(await ask(PATH, { ...BODY, prompt: ids })), texts);
  const echoed = await ask(PATH, { ...BODY, echo: true });
  assert.deepEqual(
    textsOf(echoed),
    texts.map((text, i) => `${PROMPTS[i]}${text}`),
  );

  const streamed = PROMPTS.map(() => "");
  const reasons = new Map<number, string>();
  for (const { choices } of await stream(PATH, BODY)) {
    const [{ index, text, finish_reason }] = choices;
    streamed[index] += text;
    if (finish_reason !== null) reasons.set(index, finish_reason);
  }
  assert.deepEqual(streamed, texts);
  assert.deepEqual([...reasons.values()], Array(6).fill("length"));
});

test("each of several prompts has its n answers, in the order of the prompts", async () => {
  const { ask } = client({ parallel: 3 });
  const body = { ...BODY, prompt: PROMPTS.slice(0, 2), n: 2 };
  const [one, other] = await Promise.all(PROMPTS.slice(0, 2).map((prompt) => ask(PATH, { ...body, prompt })));
  assert.deepEqual(textsOf(await ask(PATH, body)), [...textsOf(one), ...textsOf(other)]);
});

test("a form that is wrong is refused before anything is answered, in streams too", async () => {
  const { refused, ask } = client();
  for (const stream of [false, true]) {
    assert.equal(
      (await refused(PATH, { ...BODY, grammar: "root ::= nothing", stream }, 400)).type,
      "invalid_request_error",
    );
  }
  const { choices } = await ask(PATH, { ...BODY, grammar: 'root ::= "yes" | "no"', n: 2 });
  assert.ok(choices.every(({ text }: Body) => ["yes", "no"].includes(text)));
});

test("best_of tells the answers whose tokens are the most probable", async () => {
  const { ask, refused } = client({ parallel: 4 });
  const all = await ask(PATH, { ...BODY, n: 4, logprobs: 0 });
  const means = all.choices.map(({ logprobs }: Body) =>
    meanLogProbability(logprobs.token_logprobs.map((logprob: number) => ({ id: 0, logprob, top: [] }))),
  );
  const best = PROMPTS.map((_, place) => {
    const order = [0, 1, 2, 3].sort((a, b) => means[place * 4 + b] - means[place * 4 + a]);
    return order.slice(0, 2).map((i) => all.choices[place * 4 + i].text);
  });
  const chosen = await ask(PATH, { ...BODY, n: 2, best_of: 4 });
  assert.deepEqual(textsOf(chosen), best.flat());
  assert.deepEqual(chosen.choices[0].logprobs, null);
  assert.equal(chosen.usage.completion_tokens, 12 * 6 * 4);
  assert.equal((await refused(PATH, { ...BODY, n: 3, best_of: 2 }, 400)).param, "best_of");
  assert.equal((await refused(PATH, { ...BODY, best_of: 4, stream: true }, 400)).param, "best_of");
});

test("prompts of which one is wrong, or that are too many, are refused as a whole", async () => {
  const { refused } = client();
  for (const wrong of [5, null, [], [llama.tokenizer.size]]) {
    assert.equal((await refused(PATH, { prompt: ["a", wrong] }, 400)).param, "prompt", JSON.stringify(wrong));
  }
  assert.equal((await refused(PATH, { prompt: Array(1001).fill("a") }, 400)).param, "prompt");
  const long = "a ".repeat(llama.contextSize);
  assert.equal((await refused(PATH, { prompt: ["a", long] }, 400)).type, "exceed_context_size_error");
});

test("a batch of prompts that is given up leaves its places to others at once, and begins no more", async () => {
  const entries: { status: number; tokens: number }[] = [];
  const { post, ask } = client({ parallel: 2, onRequest: (entry) => entries.push(entry) });
  const gone = new AbortController();
  const body = { ...BODY, prompt: PROMPTS.flatMap((prompt) => Array(10).fill(prompt)), max_tokens: 300, stream: true };
  const response = await post(PATH, body, { signal: gone.signal });
  const reader = response.body?.getReader();
  await reader?.read();
  gone.abort();
  const after = await ask(PATH, { ...BODY, prompt: PROMPTS[0] });
  assert.deepEqual(textsOf(after), [await alone(PROMPTS[0] as string)]);
  assert.deepEqual(
    entries.map(({ status }) => status),
    [499, 200],
  );
  assert.ok((entries[0]?.tokens ?? Number.NaN) < 600, `${entries[0]?.tokens} tokens`);
});

test("later prompts of a request that was taken wait, however many others do", async () => {
  const { ask, refused } = client({ parallel: 1, queue: 1 });
  const batch = ask(PATH, { ...BODY, prompt: PROMPTS });
  // Let it have its turn first.
  await new Promise((resolve) => setTimeout(resolve, 20));
  const waiting = ask(PATH, { ...BODY, prompt: PROMPTS[0] });
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal((await refused(PATH, BODY, 503)).type, "unavailable_error");
  assert.deepEqual(textsOf(await waiting), [await alone(PROMPTS[0] as string)]);
  assert.deepEqual(textsOf(await batch), await Promise.all(PROMPTS.map(alone)));
});
