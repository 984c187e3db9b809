import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { checkToolChoice, checkTools, type ToolChoice, type ToolDescription } from "#dist/tools/tool.js";

test("a tool's schema is JSON Schema of an object, whatever it was given as", () => {
  const zod = z.object({ n: z.number() });
  const [first, second, third] = checkTools([
    { name: "a", schema: zod },
    { name: "b" },
    { name: "c", schema: { properties: { x: {} } } },
  ]);
  assert.deepEqual(first?.parameters["properties"], { n: { type: "number" } });
  assert.deepEqual(second?.parameters, { type: "object", properties: {}, additionalProperties: false });
  assert.deepEqual(third?.parameters, { type: "object", properties: { x: {} } });
  assert.equal(checkTools([{ name: "a", schema: zod }])[0]?.parameters, first?.parameters, "made once");
});

test("tools that a model could not call are refused", () => {
  const refused = (tools: unknown, code: string, message: RegExp) =>
    assert.throws(() => checkTools(tools as ToolDescription[]), { code, message });
  refused({}, "option", /list of tools \(got an object\)/);
  refused([{ name: "get weather" }], "option", /named "get weather"/);
  refused([{ name: "" }], "option", /named ""/);
  refused([{}], "option", /named undefined/);
  refused([null], "option", /named undefined/);
  refused([{ name: "a" }, { name: "a" }], "option", /Two tools are named "a"/);
  refused([{ name: "a", description: 1 }], "option", /description of the tool "a"/);
  refused([{ name: "a", schema: { type: "string" } }], "grammar", /"a" has the type "string"; arguments are an object/);
  refused([{ name: "a", schema: true }], "grammar", /a boolean; give one of an object/);
  const many = Array.from({ length: 257 }, (_, i) => ({ name: `t${i}` }));
  refused(many, "option", /257 tools/);
});

test("a choice that cannot be met is refused", () => {
  const tools = checkTools([{ name: "a" }, { name: "b" }]);
  for (const choice of ["auto", "none", "required", { name: "b" }] as const) checkToolChoice(choice, tools);
  const refused = (choice: unknown, message: RegExp, given = tools) =>
    assert.throws(() => checkToolChoice(choice as ToolChoice, given), { code: "option", message });
  refused({ name: "c" }, /"c" cannot be met, as the tools are a, b/);
  refused("any", /"any" cannot be met/);
  refused(null, /"null" cannot be met/);
  refused("required", /no tools were given/, []);
});
