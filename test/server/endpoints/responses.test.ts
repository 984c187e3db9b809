import assert from "node:assert/strict";
import { test } from "node:test";
import { type Body, client } from "../../helpers/served.js";

const { ask, post, refused } = client();
const PATH = "/v1/responses";
const parameters = {
  type: "object",
  properties: { city: { enum: ["Bern"] } },
  required: ["city"],
  additionalProperties: false,
};
const tools = [{ type: "function", name: "weather", parameters, strict: true }];

/** The events of a stream. */
async function events(body: object): Promise<Body[]> {
  const response = await post(PATH, { ...body, stream: true });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return text
    .split("\n\n")
    .filter((event) => event !== "")
    .map((event) => {
      const [, name, data = ""] = /^event: (.*)\ndata: (.*)$/.exec(event) ?? [];
      const value = JSON.parse(data);
      assert.equal(value.type, name);
      return value;
    });
}

test("a response has the text and the counts of the chat's answer", async () => {
  const body = { seed: 3, temperature: 1 };
  const chat = await ask("/v1/chat/completions", {
    ...body,
    messages: [{ role: "user", content: "Hello" }],
    max_tokens: 12,
  });
  const response = await ask(PATH, { ...body, input: "Hello", max_output_tokens: 12 });
  const [item] = response.output;
  assert.equal(item.content[0].text, chat.choices[0].message.content);
  assert.equal(response.usage.output_tokens, chat.usage.completion_tokens);
  const isCut = chat.choices[0].finish_reason === "length";
  assert.deepEqual([response.status, item.role], [isCut ? "incomplete" : "completed", "assistant"]);
  const items = [{ role: "user", content: [{ type: "input_text", text: "Hello" }] }];
  assert.equal(
    (await ask(PATH, { ...body, input: items, max_output_tokens: 12 })).output[0].content[0].text,
    item.content[0].text,
  );
});

test("its events build up to the same response", async () => {
  const body = { input: "Hello", seed: 3, temperature: 1, max_output_tokens: 12 };
  const whole = await ask(PATH, body);
  const list = await events(body);
  assert.deepEqual(
    list.map((event) => event.sequence_number),
    list.map((_, i) => i),
  );
  const types = list.map(({ type }) => type);
  assert.deepEqual(types.slice(0, 4), [
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
  ]);
  const deltas = list.filter(({ type }) => type === "response.output_text.delta").map(({ delta }) => delta);
  assert.equal(deltas.join(""), whole.output[0].content[0].text);
  const { response } = list.at(-1);
  assert.equal(list.at(-1).type, `response.${whole.status}`);
  assert.deepEqual(response.output[0].content, whole.output[0].content);
  assert.deepEqual(response.usage.output_tokens, whole.usage.output_tokens);
});

test("a call is an item, its arguments come in events, and what it gave is gone on from", async () => {
  const body = {
    input: "Weather?",
    tools,
    tool_choice: "required",
    parallel_tool_calls: false,
    temperature: 0,
    max_output_tokens: 150,
  };
  const { output } = await ask(PATH, body);
  const call = output.find((item: Body) => item.type === "function_call");
  assert.deepEqual([call.name, JSON.parse(call.arguments)], ["weather", { city: "Bern" }]);
  const list = await events(body);
  const deltas = list.filter(({ type }) => type === "response.function_call_arguments.delta").map(({ delta }) => delta);
  assert.equal(deltas.join(""), call.arguments);
  const input = [
    { role: "user", content: "Weather?" },
    call,
    { type: "function_call_output", call_id: call.call_id, output: "sunny" },
  ];
  const next = await ask(PATH, { ...body, input, tool_choice: "none", max_output_tokens: 4 });
  assert.equal(next.output[0].type, "message");
});

test("an answer is held to a schema, and what cannot be had is refused by name", async () => {
  const schema = { type: "object", properties: { n: { enum: [1] } }, required: ["n"], additionalProperties: false };
  const format = { type: "json_schema", name: "n", schema, strict: true };
  const { output } = await ask(PATH, { input: "n?", text: { format }, max_output_tokens: 40, seed: 1 });
  assert.deepEqual(JSON.parse(output[0].content[0].text), { n: 1 });
  const param = async (fields: object) => (await refused(PATH, { input: "x", ...fields }, 400)).param;
  assert.equal(await param({ previous_response_id: "resp_1" }), "previous_response_id");
  assert.equal(await param({ store: true }), "store");
  assert.equal(await param({ reasoning: { effort: "high" } }), "reasoning");
  assert.equal(await param({ input: [{ type: "item_reference", id: "x" }] }), "input[0]");
  assert.equal(await param({ tools, text: { format } }), "tools");
  assert.equal(await param({ tempature: 1 }), "tempature");
});
