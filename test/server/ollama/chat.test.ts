import assert from "node:assert/strict";
import { test } from "node:test";
import { client } from "../../helpers/served.js";

const { ask, lines, post } = client();
const PATH = "/api/chat";
const messages = [{ role: "user", content: "Hello" }];
const options = { temperature: 1, seed: 7, num_predict: 12 };
const parameters = {
  type: "object",
  properties: { city: { enum: ["Bern", "Rome"] } },
  required: ["city"],
  additionalProperties: false,
};
const tools = [{ type: "function", function: { name: "weather", description: "The weather.", parameters } }];

test("answers are those of OpenAI's API for the same fields, whole and in lines", async () => {
  const { choices, usage } = await ask("/v1/chat/completions", { messages, temperature: 1, seed: 7, max_tokens: 12 });
  const whole = await ask(PATH, { model: "llama2", messages, options, stream: false });
  assert.deepEqual(whole.message, { role: "assistant", content: choices[0].message.content });
  assert.deepEqual([whole.done, whole.done_reason], [true, choices[0].finish_reason]);
  assert.deepEqual([whole.prompt_eval_count, whole.eval_count], [usage.prompt_tokens, usage.completion_tokens]);
  assert.ok(whole.total_duration >= whole.eval_duration && whole.eval_duration > 0);
  const parts = await lines(PATH, { messages, options });
  const last = parts.pop();
  assert.equal(parts.map(({ message }) => message.content).join(""), whole.message.content);
  assert.ok(parts.every(({ done, created_at }) => done === false && !Number.isNaN(Date.parse(created_at))));
  assert.deepEqual([last.done, last.message.content, last.eval_count], [true, "", whole.eval_count]);
});

test("a format holds the answer to JSON", async () => {
  const schema = { type: "object", properties: { n: { enum: [1, 2] } }, required: ["n"], additionalProperties: false };
  const held = { messages, options: { temperature: 0, num_predict: 100 }, stream: false };
  const { message } = await ask(PATH, { ...held, format: schema });
  assert.ok([1, 2].includes(JSON.parse(message.content).n));
  const { message: free } = await ask(PATH, { ...held, format: "json", options: { ...options, num_predict: 4 } });
  assert.match(free.content, /^\s*\{/);
});

test("probabilities are told of every token", async () => {
  const body = { messages, options, logprobs: true, top_logprobs: 2 };
  const { logprobs, eval_count: count, message } = await ask(PATH, { ...body, stream: false });
  assert.equal(logprobs.length, count);
  assert.ok(logprobs.every((each: { top_logprobs: unknown[] }) => each.top_logprobs.length === 2));
  const told = (await lines(PATH, body)).flatMap((line) => line.logprobs ?? []);
  assert.deepEqual(told, logprobs.slice(0, told.length));
  assert.ok(message.content.length > 0);
});

test("calls have arguments as objects and come whole; their results need no ids", async () => {
  const body = { messages, tools, tool_choice: "required", parallel_tool_calls: false };
  const limited = { ...body, options: { temperature: 0, num_predict: 150 } };
  const { message } = await ask(PATH, { ...limited, stream: false });
  const [call] = message.tool_calls;
  assert.equal(call.function.name, "weather");
  assert.ok(["Bern", "Rome"].includes(call.function.arguments.city));
  const told = (await lines(PATH, limited)).flatMap((line) => line.message.tool_calls ?? []);
  assert.deepEqual(
    told.map((each) => each.function),
    [call.function],
  );
  const { function: called } = call;
  const result = { role: "tool", tool_name: "weather", content: "sunny" };
  const next = [...messages, { role: "assistant", content: "", tool_calls: [{ function: called }] }, result];
  const answered = await ask(PATH, { messages: next, tools, options, tool_choice: "none", stream: false });
  assert.equal(answered.done, true);
});

test("a request without messages finds the model loaded", async () => {
  for (const body of [{}, { messages: [] }, { messages: [], keep_alive: "5m" }]) {
    const loaded = await ask(PATH, { model: "llama2:latest", ...body });
    assert.deepEqual([loaded.done, loaded.done_reason], [true, "load"]);
  }
});

test("what makes no sense is refused in ollama's words", async () => {
  const refused = async (fields: object, status = 400) => {
    const response = await post(PATH, { messages, ...fields });
    const body = (await response.json()) as { error: string };
    assert.equal(response.status, status, JSON.stringify(body));
    assert.deepEqual(Object.keys(body), ["error"]);
    return body.error;
  };
  assert.match(await refused({ model: "llama3.2" }, 404), /no model of that name/);
  assert.match(await refused({ options: { num_ctx: 1e6 } }), /num_ctx.*--ctx-size/);
  assert.match(await refused({ options: { temprature: 1 } }), /temprature.*temperature/);
  assert.match(await refused({ options: { top_p: 7 } }), /top_p/);
  assert.match(await refused({ options: { tfs_z: 0.5 } }), /tfs_z/);
  assert.match(await refused({ think: true }), /think/);
  assert.match(await refused({ format: "yaml" }), /format/);
  assert.match(await refused({ top_logprobs: 3 }), /logprobs/);
  assert.match(await refused({ messages: [{ role: "user", content: "a", images: ["aGk="] }] }), /pictures/);
  assert.match(await refused({ messages: "Hello" }), /messages/);
  assert.match(await refused({ stop: ["x"] }), /stop/);
});
