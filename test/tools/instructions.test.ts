import assert from "node:assert/strict";
import { test } from "node:test";
import { functionTools, toolInstructions } from "#dist/tools/instructions.js";
import { parseToolCalls } from "#dist/tools/parse.js";
import { TOOLS } from "./tools.js";

test("templates get tools as functions with their parameters", () => {
  const [weather, now] = functionTools(TOOLS);
  assert.equal(weather?.type, "function");
  assert.equal(weather?.function.name, "weather");
  assert.deepEqual(weather?.function.parameters["required"], ["place"]);
  assert.deepEqual(now?.function, {
    name: "now",
    description: "",
    parameters: { type: "object", properties: {}, additionalProperties: false },
  });
});

test("a model without a format is told the tools and how to call them", () => {
  const text = toolInstructions(TOOLS);
  assert.match(text, /"name":"weather","description":"The weather at a place\."/);
  const shown = /To call functions: (.*)/.exec(text)?.[1] ?? "";
  const schema = { type: "object", properties: { argument_name: {} } };
  assert.equal(parseToolCalls(shown, "generic", [{ name: "function_name", schema }]).calls.length, 1);
});
