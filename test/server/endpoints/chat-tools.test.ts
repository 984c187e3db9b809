import assert from "node:assert/strict";
import { test } from "node:test";
import { type Body, client } from "../../helpers/served.js";

const { ask, stream, refused } = client();
const PATH = "/v1/chat/completions";
const parameters = {
  type: "object",
  properties: { city: { enum: ["Bern", "Rome"] } },
  required: ["city"],
  additionalProperties: false,
};
const tools = [{ type: "function", function: { name: "weather", description: "The weather.", parameters } }];
const messages = [{ role: "user", content: "How is the weather?" }];
// Spaces between the parts of JSON are allowed, and a model that knows none of it writes many.
const body = { messages, tools, tool_choice: "required", parallel_tool_calls: false, temperature: 0, max_tokens: 150 };

test("a required call has a name, an id and arguments that its schema allows; its result can be answered", async () => {
  const { choices } = await ask(PATH, body);
  assert.equal(choices[0].finish_reason, "tool_calls");
  const [call] = choices[0].message.tool_calls;
  assert.deepEqual([call.type, call.function.name, choices[0].message.content], ["function", "weather", null]);
  assert.ok(["Bern", "Rome"].includes(JSON.parse(call.function.arguments).city));
  const result = { role: "tool", tool_call_id: call.id, content: "sunny" };
  const next = await ask(PATH, {
    ...body,
    tool_choice: "none",
    messages: [...messages, choices[0].message, result],
    max_tokens: 4,
  });
  assert.equal(next.choices[0].message.tool_calls, undefined);
});

test("a stream tells a call's name first, and then its arguments in pieces", async () => {
  const chunks = await stream(PATH, body);
  const deltas: Body[] = chunks.flatMap((chunk) => chunk.choices[0].delta.tool_calls ?? []);
  const [first, ...rest] = deltas;
  assert.deepEqual(
    [first.index, first.type, first.function.name, first.function.arguments],
    [0, "function", "weather", ""],
  );
  assert.ok(rest.every((delta) => delta.index === 0 && delta.id === undefined && delta.function.name === undefined));
  const whole = await ask(PATH, body);
  const written = rest.map((delta) => delta.function.arguments).join("");
  assert.equal(written, whole.choices[0].message.tool_calls[0].function.arguments);
  assert.equal(chunks.at(-1).choices[0].finish_reason, "tool_calls");
});

test("tools and what contradicts them are refused by name", async () => {
  const param = async (fields: object) => (await refused(PATH, { ...body, ...fields }, 400)).param;
  assert.equal(await param({ response_format: { type: "json_object" } }), "tools");
  assert.equal(await param({ logprobs: true }), "logprobs");
  assert.equal(await param({ tools: [{ type: "search" }] }), "tools");
  assert.equal(await param({ tool_choice: "perhaps" }), "tool_choice");
  assert.equal(await param({ tools: undefined }), "tool_choice");
  assert.match(
    (await refused(PATH, { ...body, tool_choice: { type: "function", function: { name: "x" } } }, 400)).message,
    /x/,
  );
});
