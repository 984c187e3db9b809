import assert from "node:assert/strict";
import { test } from "node:test";
import type { Grammar } from "#dist/grammar/grammar.js";
import type { ToolFormat } from "#dist/tools/format.js";
import { toolGrammar } from "#dist/tools/grammar.js";
import type { ToolChoice } from "#dist/tools/tool.js";
import { idsOf, vocabularyOf } from "../grammar/vocabulary.js";
import { BOTH, FORMATS, said, TOOLS, WEATHER } from "./tools.js";

function grammarOf(format: ToolFormat, choice?: ToolChoice, parallel?: boolean): Grammar {
  const grammar = toolGrammar(TOOLS, format, choice, { parallel });
  assert.ok(grammar !== undefined);
  return grammar;
}

test("an answer may say something, call a tool, or call several", () => {
  for (const format of FORMATS) {
    const auto = grammarOf(format);
    assert.equal(auto.test(said(format, "It is sunny.")), true, format);
    assert.equal(auto.test(WEATHER[format]), true, format);
    assert.equal(auto.test(WEATHER[format].replaceAll(/([:,]) /g, "$1")), true, `${format}, compact`);
    const both = BOTH[format];
    if (both === undefined) continue;
    assert.equal(auto.test(both), true, format);
    const single = grammarOf(format, "auto", false);
    assert.equal(single.test(WEATHER[format]), true, format);
    assert.equal(single.test(both), false, format);
  }
  for (const format of ["hermes", "mistral", "functionary-3.1"] as const) {
    assert.equal(grammarOf(format).test(`Let me look. ${WEATHER[format]}`), true, format);
  }
});

test("a call is of a tool that there is, with arguments that its schema allows, and whole", () => {
  for (const format of FORMATS) {
    const call = WEATHER[format];
    const wrong = [
      call.replace("weather", "whether"),
      call.replace('"Bern"', "7"),
      call.replace('"days": 2', '"days": 10'),
      call.replace("place", "town"),
      call.slice(0, -1),
      `${call} and so on`,
    ];
    for (const text of wrong) assert.equal(grammarOf(format).test(text), false, `${format}: ${text}`);
  }
});

test("calls are required, forbidden, or of one name", () => {
  for (const format of FORMATS) {
    const required = grammarOf(format, "required");
    assert.equal(required.test(WEATHER[format]), true, format);
    assert.equal(required.test(said(format, "No.")), false, format);
    const now = grammarOf(format, { name: "now" });
    assert.equal(now.test(WEATHER[format]), false, format);
    const call = WEATHER[format].replace("weather", "now").replace(/\{"place.*?\}/, "{}");
    assert.equal(now.test(call), true, `${format}: ${call}`);
    const none = toolGrammar(TOOLS, format, "none");
    assert.equal(none?.test(said(format, "It is sunny.")), true, format);
    assert.equal(none?.test(WEATHER[format]), false, format);
  }
});

test("an answer of Llama 3.1 that begins as JSON is a call only if it names something first", () => {
  const grammar = grammarOf("llama-3.1");
  for (const text of ['{"a": 1}', "{", '{"name', 'So: {"name": "x"}', '{ "names": 1']) {
    assert.equal(grammar.test(text), true, text);
  }
  assert.equal(grammar.test('{"name": "x"}'), false);
});

test("an answer without calls may be held to a schema", () => {
  const answer = {
    type: "object",
    properties: { name: { type: "string" }, n: { type: "integer" } },
    required: ["name"],
    additionalProperties: false,
  };
  for (const format of FORMATS) {
    const text = (value: unknown) =>
      format === "generic" ? JSON.stringify({ response: value }) : JSON.stringify(value);
    for (const choice of ["auto", "none"] as const) {
      const grammar = toolGrammar(TOOLS, format, choice, { answer });
      assert.equal(grammar?.test(text({ name: "<tool_call>", n: 3 })), true, format);
      assert.equal(grammar?.test(text({ n: 3 })), false, format);
      assert.equal(grammar?.test("It is sunny."), false, format);
      assert.equal(grammar?.test(WEATHER[format]), choice === "auto", format);
    }
    assert.equal(toolGrammar(TOOLS, format, "required", { answer })?.test(text({ name: "x" })), false, format);
  }
});

test("Mistral's calls may have ids of nine letters and digits", () => {
  const withId = (id: string) => WEATHER.mistral.replace("}}]", `}, "id": "${id}"}]`);
  assert.equal(grammarOf("mistral").test(withId("a1B2c3D4e")), true);
  assert.equal(grammarOf("mistral").test(withId("a1B2")), false);
});

test("where a marker is a control token, calls begin with it", () => {
  const pieces = ["[TOOL_CALLS]", "[", '{"name"', "hello", "</s>"];
  const texts = vocabularyOf(["", ...pieces.slice(1)]);
  const vocabulary = {
    ...texts,
    findId: (piece: string) => (pieces.includes(piece) ? pieces.indexOf(piece) : undefined),
  };
  const matcher = toolGrammar(TOOLS, "mistral", "auto", { vocabulary })?.createMatcher(vocabulary);
  assert.ok(matcher !== undefined);
  assert.deepEqual(idsOf(matcher.mask()), [0, 1, 2, 3, 4]);
  assert.equal(matcher.names(0), true);
  assert.equal(matcher.names(1), false);
  matcher.accept(3);
  matcher.accept(0);
  assert.deepEqual(idsOf(matcher.mask()), [1]);
  const required = toolGrammar(TOOLS, "mistral", "required", { vocabulary })?.createMatcher(vocabulary);
  assert.deepEqual(idsOf(required?.mask() as Uint32Array), [0, 1], "the token, or the marker letter by letter");
});

test("a schema that is not supported is refused with the tool's name and the place", () => {
  const schema = { type: "object", properties: { a: { type: "string", pattern: "(?=x)" } } };
  assert.throws(() => toolGrammar([{ name: "f", schema }], "hermes"), {
    code: "grammar",
    message: /tool "f".*#\/properties\/a/s,
  });
  assert.equal(toolGrammar([], "hermes"), undefined);
});
