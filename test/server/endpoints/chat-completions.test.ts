import assert from "node:assert/strict";
import { test } from "node:test";
import { type Body, client, llama } from "../../helpers/served.js";

const { ask, stream, refused } = client({ parallel: 16 });
const PATH = "/v1/chat/completions";
const MESSAGES = [{ role: "user", content: "Hello" }];
const SCHEMA = { type: "object", properties: { n: { enum: [1, 2] } }, required: ["n"], additionalProperties: false };

/** What the library answers. */
async function answerOf(content: string, options: object): Promise<{ text: string; tokens: number; prompt: number }> {
  const chat = await llama.createChat();
  const answer = chat.send(content, options);
  for await (const _ of answer);
  const told = { text: answer.text, tokens: answer.tokens.length, prompt: answer.promptTokens.length };
  chat.dispose();
  return told;
}

test("text and counts are the library's for the same seed, alone and among fifteen others", async () => {
  const questions = Array.from({ length: 16 }, (_, i) => `What is ${i} + 3?`);
  const ask16 = (content: string, seed: number) =>
    ask(PATH, { messages: [{ role: "user", content }], temperature: 1.2, seed, max_tokens: 24 });
  const expected = [];
  for (const [seed, content] of questions.entries()) {
    expected.push(await answerOf(content, { temperature: 1.2, seed, maxTokens: 24 }));
  }
  const alone = await ask16(questions[3] ?? "", 3);
  const together = await Promise.all(questions.map((content, seed) => ask16(content, seed)));
  for (const [i, { text, tokens, prompt }] of expected.entries()) {
    const { choices, usage } = together[i];
    assert.equal(choices[0].message.content, text);
    assert.deepEqual([usage.completion_tokens, usage.prompt_tokens], [tokens, prompt]);
  }
  assert.equal(alone.choices[0].message.content, expected[3]?.text);
});

test("a stream has the same text, in deltas of one id, and its usage where that was asked for", async () => {
  const body = { messages: MESSAGES, seed: 7, max_tokens: 12, temperature: 1 };
  const whole = await ask(PATH, body);
  const chunks = await stream(PATH, { ...body, stream_options: { include_usage: true } });
  const [first, ...rest] = chunks;
  const [usage, last, ...deltas] = rest.reverse();
  assert.deepEqual(first.choices[0].delta, { role: "assistant", content: null });
  assert.equal(
    deltas
      .reverse()
      .map((chunk: Body) => chunk.choices[0].delta.content)
      .join(""),
    whole.choices[0].message.content,
  );
  assert.deepEqual([last.choices[0].delta, last.choices[0].finish_reason], [{}, whole.choices[0].finish_reason]);
  assert.deepEqual([usage.choices, usage.usage.completion_tokens], [[], whole.usage.completion_tokens]);
  assert.equal(new Set(chunks.map(({ id }) => id)).size, 1);
  assert.ok(chunks.every(({ object }) => object === "chat.completion.chunk"));
});

test("n answers to one prompt are those of seeds that count up", async () => {
  const body = { messages: MESSAGES, max_tokens: 10, temperature: 1.5 };
  const { choices, usage } = await ask(PATH, { ...body, n: 3, seed: 40 });
  const single = await Promise.all([40, 41, 42].map((seed) => ask(PATH, { ...body, seed })));
  const texts = (list: Body[]) => list.map(({ message }) => message.content);
  assert.deepEqual(
    texts(choices),
    single.map(({ choices: [choice] }) => choice.message.content),
  );
  assert.equal(
    usage.completion_tokens,
    single.reduce((sum, one) => sum + one.usage.completion_tokens, 0),
  );
  assert.equal((await refused(PATH, { ...body, n: 17 }, 400)).param, "n");
});

test("what a beginning of the assistant's says is gone on with", async () => {
  const messages = [...MESSAGES, { role: "assistant", content: "Hi! How" }];
  const { choices } = await ask(PATH, { messages, temperature: 0, max_tokens: 30 });
  assert.match(choices[0].message.content, /^ can I help/);
  const twice = [...messages, { role: "assistant", content: "x" }];
  assert.match((await refused(PATH, { messages: twice }, 400)).message, /two messages of the assistant/);
});

test("an answer has the form that was asked for", async () => {
  const body = { messages: MESSAGES, max_tokens: 30, seed: 1 };
  const format = { type: "json_schema", json_schema: { name: "n", schema: SCHEMA, strict: true } };
  for (const form of [
    { response_format: format },
    { json_schema: SCHEMA },
    { grammar: 'root ::= "{\\"n\\":" [12] "}"' },
  ]) {
    const { choices } = await ask(PATH, { ...body, ...form });
    assert.ok([1, 2].includes(JSON.parse(choices[0].message.content).n));
  }
  assert.match(
    (await refused(PATH, { ...body, grammar: "root ::= x", json_schema: SCHEMA }, 400)).message,
    /grammar and json_schema/,
  );
  assert.match((await refused(PATH, { ...body, grammar: "root ::= nothing" }, 400)).message, /nothing/);
  const wrong = { type: "json_schema", json_schema: { schema: { type: "objekt" } } };
  assert.equal((await refused(PATH, { ...body, response_format: wrong }, 400)).type, "invalid_request_error");
  assert.match(
    (await refused(PATH, { ...body, response_format: { type: "xml" } }, 400)).message,
    /response_format\.type/,
  );
});

test("probabilities are told of every token, in streams too", async () => {
  const body = { messages: MESSAGES, max_tokens: 6, temperature: 0, logprobs: true, top_logprobs: 2 };
  const { choices, usage } = await ask(PATH, body);
  const { content } = choices[0].logprobs;
  assert.equal(content.length, usage.completion_tokens);
  assert.ok(
    content.every((token: Body) => token.top_logprobs.length === 2 && token.top_logprobs[0].token === token.token),
  );
  const chunks = await stream(PATH, body);
  assert.deepEqual(
    chunks.flatMap((chunk) => chunk.choices[0].logprobs?.content ?? []),
    content,
  );
  assert.equal((await refused(PATH, { messages: MESSAGES, top_logprobs: 2 }, 400)).param, "top_logprobs");
});

test("fields that are unknown, wrong or contradict each other are refused by name", async () => {
  const param = async (fields: object) => (await refused(PATH, { messages: MESSAGES, ...fields }, 400)).param;
  assert.equal(await param({ tempature: 1 }), "tempature");
  assert.equal(await param({ temperature: "hot" }), "temperature");
  assert.equal(await param({ top_p: 2 }), "top_p");
  assert.equal(await param({ max_tokens: 5, max_completion_tokens: 5 }), "max_tokens");
  assert.equal(await param({ stream_options: {} }), "stream_options");
  assert.equal(await param({ stop: [""] }), "stop");
  assert.equal(await param({ stop: ["a".repeat(10_001)] }), "stop");
  assert.equal(await param({ logit_bias: { 999999: 1 } }), "logit_bias");
  assert.equal(await param({ reasoning_effort: "high" }), "reasoning_effort");
  assert.equal(await param({ messages: [] }), "messages");
  assert.equal(await param({ messages: [{ role: "wizard", content: "" }] }), "messages[0].role");
  assert.equal(await param({ messages: [{ role: "user", content: [{ type: "image_url" }] }] }), "messages[0].content");
  assert.match((await refused(PATH, { messages: MESSAGES, tempature: 1 }, 400)).message, /did you mean temperature\?/);
  const other = await refused(PATH, { messages: MESSAGES, model: "gpt-4" }, 404);
  assert.match(other.message, /tiny-llama-Q8_0/);
  const long = [{ role: "user", content: "word ".repeat(600) }];
  assert.equal((await refused(PATH, { messages: long }, 400)).type, "exceed_context_size_error");
  const many = Array.from({ length: 9000 }, (_, i) => ({ role: i % 2 ? "assistant" : "user", content: "one two" }));
  assert.match((await refused(PATH, { messages: many.slice(1) }, 400)).message, /^The messages have more than/);
});

test("a grammar that costs too much is refused, and the next request is answered", async () => {
  const costly = { type: "string", allOf: ["a.{20}b", "b.{20}a", "c.{20}d"].map((pattern) => ({ pattern })) };
  const form = { type: "json_schema", json_schema: { schema: costly } };
  const { message, type } = await refused(PATH, { messages: MESSAGES, response_format: form, n: 2 }, 400);
  assert.equal(type, "invalid_request_error");
  assert.match(message, /too complex: to compile it takes more than 20000000 steps/);
  assert.equal((await ask(PATH, { messages: MESSAGES, max_tokens: 2 })).usage.completion_tokens, 2);
});

test("a token that is forbidden is not chosen, and stop texts end an answer", async () => {
  const body = { messages: MESSAGES, temperature: 0, max_tokens: 20 };
  const { content } = (await ask(PATH, body)).choices[0].message;
  const cut = (await ask(PATH, { ...body, stop: " help" })).choices[0];
  assert.deepEqual([cut.message.content, cut.finish_reason], [content.slice(0, content.indexOf(" help")), "stop"]);
  const [first] = llama.tokenizer.encode(" H", { addBos: false, addSpacePrefix: false });
  const biased = await ask(PATH, { ...body, logit_bias: { [String(first)]: -1000 } });
  assert.notEqual(biased.choices[0].message.content, content);
});
