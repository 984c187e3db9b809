import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { Llama } from "#dist/llama.js";
import { fixtureModel, u32, writeFixture } from "../helpers/model-fixture.js";
import { type Body, client, llama } from "../helpers/served.js";
import { temporaryFolder } from "../helpers/temporary.js";

const path = join(temporaryFolder(), "infill.gguf");
const key = (name: string) => `tokenizer.ggml.fim_${name}_token_id`;
const metadata = { [key("pre")]: u32(283), [key("suf")]: u32(284), [key("mid")]: u32(285) };
writeFixture(path, fixtureModel({ metadata }));
const filler = await Llama.load(path, { threads: 2 });

after(() => filler.dispose());

/** What is told of an answer, by the library and by the server. */
interface Told {
  readonly text: string;
  readonly tokens: number;
  readonly promptTokens: number;
}

interface Case {
  readonly expected: () => Promise<Told>;
  readonly asked: () => Promise<Told>;
}

const PROMPT = "Once upon a time";
const QUESTION = "Tell me a story.";
const MESSAGES = [{ role: "user", content: QUESTION }];
const SAMPLING = { temperature: 1.2, top_p: 0.98, repeat_penalty: 1.1 };
const LIBRARY = { temperature: 1.2, topP: 0.98, repeatPenalty: 1.1 };
const TOKENS = 20;

const main = client({ parallel: 18 });
const filling = client({ parallel: 16 }, filler);

async function chatted(seed: number): Promise<Told> {
  const chat = await llama.createChat();
  const answer = chat.send(QUESTION, { ...LIBRARY, seed, maxTokens: TOKENS });
  for await (const _ of answer);
  const { text, tokens, promptTokens } = answer;
  chat.dispose();
  return { text, tokens: tokens.length, promptTokens: promptTokens.length };
}

async function generated(generation: ReturnType<Llama["generate"]>): Promise<Told> {
  for await (const _ of generation);
  const { text, tokens, promptTokens } = generation;
  return { text, tokens: tokens.length, promptTokens: promptTokens.length };
}

const continued = (seed: number) => generated(llama.generate(PROMPT, { ...LIBRARY, seed, maxTokens: TOKENS }));
const PARTS = { prefix: "the cat ", suffix: " on the mat" };
const filled = (seed: number) =>
  generated(filler.infill(PARTS, { ...LIBRARY, seed, maxTokens: TOKENS, tokenHealing: false }));

/** The text and counts of a whole answer of any API. */
function told(answer: Body): Told {
  const { choices, usage, output, message, response, content } = answer;
  if (choices !== undefined) {
    const text = choices[0].message?.content ?? choices[0].text;
    return { text, tokens: usage.completion_tokens, promptTokens: usage.prompt_tokens };
  }
  if (output !== undefined) {
    return { text: output[0].content[0].text, tokens: usage.output_tokens, promptTokens: usage.input_tokens };
  }
  if (content !== undefined) {
    return { text: content, tokens: answer.tokens_predicted, promptTokens: answer.tokens_evaluated };
  }
  const { eval_count: tokens, prompt_eval_count: promptTokens } = answer;
  return { text: message?.content ?? response, tokens, promptTokens };
}

async function streamedChat(seed: number): Promise<Told> {
  const body = { messages: MESSAGES, ...SAMPLING, seed, max_tokens: TOKENS, stream_options: { include_usage: true } };
  const chunks = await main.stream("/v1/chat/completions", body);
  const { completion_tokens: tokens, prompt_tokens: promptTokens } = chunks.at(-1).usage;
  const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("");
  return { text, tokens, promptTokens };
}

function cases(seed: number): Case[] {
  const sampled = { ...SAMPLING, seed };
  const whole = { ...sampled, max_tokens: TOKENS };
  const options = { ...sampled, num_predict: TOKENS };
  const ollama = { options, stream: false };
  const ask = (endpoint: string, body: object) => () => main.ask(endpoint, body).then(told);
  const fill = (endpoint: string, body: object) => () => filling.ask(endpoint, body).then(told);
  return [
    { expected: () => chatted(seed), asked: ask("/v1/chat/completions", { ...whole, messages: MESSAGES }) },
    { expected: () => chatted(seed), asked: () => streamedChat(seed) },
    {
      expected: () => chatted(seed),
      asked: ask("/v1/responses", { ...sampled, input: QUESTION, max_output_tokens: TOKENS }),
    },
    { expected: () => chatted(seed), asked: ask("/api/chat", { ...ollama, messages: MESSAGES }) },
    { expected: () => continued(seed), asked: ask("/v1/completions", { ...whole, prompt: PROMPT }) },
    { expected: () => continued(seed), asked: ask("/completion", { ...sampled, prompt: PROMPT, n_predict: TOKENS }) },
    { expected: () => continued(seed), asked: ask("/api/generate", { ...ollama, prompt: PROMPT, raw: true }) },
    {
      expected: () => filled(seed),
      asked: fill("/infill", {
        ...{ input_prefix: PARTS.prefix, input_suffix: PARTS.suffix, n_predict: TOKENS, ...sampled },
      }),
    },
    {
      expected: () => filled(seed),
      asked: fill("/api/generate", { ...ollama, prompt: PARTS.prefix, suffix: PARTS.suffix }),
    },
  ];
}

test("sampled answers of every API have the library's text and counts, alone and among seventeen others", async () => {
  const all = [1, 3].flatMap(cases);
  const expected: Told[] = [];
  for (const [index, one] of all.entries()) {
    const alone = await one.expected();
    assert.ok(alone.tokens > 1, `case ${index}: ${JSON.stringify(alone)}`);
    assert.deepEqual(await one.asked(), alone, `case ${index}, alone`);
    expected.push(alone);
  }
  assert.equal(new Set(expected.map(({ text }) => text)).size, 6, "the seeds have texts of their own");
  const together = await Promise.all(all.map(({ asked }) => asked()));
  assert.deepEqual(together, expected);
});

test("what tools say of themselves is counted among the prompt's tokens", async () => {
  const body = { messages: MESSAGES, max_tokens: 1 };
  const parameters = { type: "object", properties: { city: { type: "string" } } };
  const tools = [{ type: "function", function: { name: "weather", description: "The weather.", parameters } }];
  for (const [endpoint, counted] of [
    ["/v1/chat/completions", (answer: Body) => answer.usage.prompt_tokens],
    ["/api/chat", (answer: Body) => answer.prompt_eval_count],
  ] as const) {
    const isOllama = endpoint === "/api/chat";
    const base = isOllama ? { messages: MESSAGES, stream: false, options: { num_predict: 1 } } : body;
    const without = counted(await main.ask(endpoint, base));
    const withTools = counted(await main.ask(endpoint, { ...base, tools }));
    const { prompt } = await main.ask("/apply-template", { messages: MESSAGES, tools });
    const { tokens } = await main.ask("/tokenize", { content: prompt, add_special: true });
    assert.ok(withTools > without + 20, `${withTools} with tools, ${without} without`);
    assert.ok(Math.abs(withTools - tokens.length) <= 1, `${withTools} counted, ${tokens.length} written`);
  }
});
