import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerError } from "#dist/errors.js";
import type { ToolFormat } from "#dist/tools/format.js";
import { toolGrammar } from "#dist/tools/grammar.js";
import { type ParsedAnswer, parseToolCalls } from "#dist/tools/parse.js";
import { idsOf, vocabularyOf } from "../grammar/vocabulary.js";
import { seededRandom } from "../helpers/random.js";
import { BOTH, FORMATS, said, TOOLS, WEATHER } from "./tools.js";

const parse = (text: string, format: ToolFormat, partial = false): ParsedAnswer =>
  parseToolCalls(text, format, TOOLS, { partial });

test("an answer's calls are read with their arguments, and what is said besides", () => {
  for (const format of FORMATS) {
    const { content, calls } = parse(WEATHER[format], format);
    assert.equal(content, "", format);
    assert.deepEqual(
      calls.map((call) => [call.name, call.arguments, call.argumentsText, call.isWhole]),
      [["weather", { place: "Bern", days: 2 }, '{"place": "Bern", "days": 2}', true]],
      format,
    );
    assert.deepEqual(parse(said(format, "It is {sunny}."), format), { content: "It is {sunny}.", calls: [] }, format);
    const both = BOTH[format];
    if (both === undefined) continue;
    assert.deepEqual(
      parse(both, format).calls.map((call) => [call.name, call.arguments]),
      [
        ["weather", { place: "Bern" }],
        ["now", {}],
      ],
      format,
    );
  }
  for (const format of ["hermes", "mistral", "functionary-3.1"] as const) {
    assert.equal(parse(`Let me look. ${WEATHER[format]}`, format).content, "Let me look.");
  }
});

test("calls are read that were not written under a grammar", () => {
  const swapped = '<tool_call>{"arguments":{"days":2,"place":"Bern"},"name":"weather"}</tool_call> That is it.';
  assert.deepEqual(parse(swapped, "hermes").calls[0]?.arguments, { days: 2, place: "Bern" });
  const bare = '{"name": "now"}';
  assert.equal(parse('<|python_tag|>{"name": "now", "parameters": {}}', "llama-3.1").calls.length, 1);
  assert.equal(parse(`<tool_call>${bare}`, "hermes").calls.length, 1, "a marker that is a token without text");
  const withId = '[TOOL_CALLS][{"name": "now", "arguments": {}, "id": "a1B2c3D4e"}]';
  assert.equal(parse(withId, "mistral").calls[0]?.id, "a1B2c3D4e");
  assert.deepEqual(parseToolCalls("<tool_call>", "hermes", []), { content: "<tool_call>", calls: [] });
});

test("where what is no call is JSON, markers in its texts are texts", () => {
  for (const format of FORMATS) {
    const value = { name: "<tool_call> [TOOL_CALLS] <function=x>", parameters: "no" };
    const json = JSON.stringify(value);
    const text = format === "generic" ? `{"response": ${json}}` : json;
    const flipped = format === "llama-3.1" ? text.replace(/"name".*,/, '"names": 1,') : text;
    const parsed = parseToolCalls(flipped, format, TOOLS, { json: true });
    assert.deepEqual(parsed.calls, [], format);
    assert.deepEqual(JSON.parse(parsed.content), format === "llama-3.1" ? { names: 1, parameters: "no" } : value);
    let before = "";
    for (let length = 0; length <= flipped.length; length++) {
      const { content } = parseToolCalls(flipped.slice(0, length), format, TOOLS, { json: true, partial: true });
      assert.ok(content.startsWith(before.trimEnd()), `${format}: ${flipped.slice(0, length)}`);
      before = content;
    }
    assert.equal(parseToolCalls(WEATHER[format], format, TOOLS, { json: true }).calls.length, 1, format);
  }
  const named = '{"name": "Bo", "age": 3}';
  assert.deepEqual(parse(named, "llama-3.1"), { content: named, calls: [] });
});

test("calls that cannot be made are refused, with the answer's text", () => {
  const refused = (text: string, format: ToolFormat, message: RegExp) =>
    assert.throws(
      () => parse(text, format),
      (error) => error instanceof AnswerError && message.test(error.message) && error.partial === text,
      `${format}: ${text}`,
    );
  for (const format of FORMATS) {
    const call = WEATHER[format];
    refused(call.replace("weather", "whether"), format, /"whether", which is none of its tools: weather, now/);
    refused(call.replace('"days": 2', '"days": 10'), format, /"weather" with arguments that its schema does not allow/);
    refused(call.replace('"Bern"', "Bern"), format, /"weather" with arguments that are not JSON/);
    refused(call.slice(0, call.indexOf("Bern")), format, /cut off within a call of "weather"/);
  }
  refused("[TOOL_CALLS]", "mistral", /cut off within a call;/);
  refused("<tool_call>now", "hermes", /cannot be read/);
  refused('{"response": [#', "generic", /cannot be read: the response is no text/);
  refused('{"tool": 1}', "generic", /cannot be read: it begins with neither tool_calls/);
  refused('<tool_call>{"arguments": {}}</tool_call>', "hermes", /names no function/);
  refused('<tool_call>{"name": 7, "arguments": {}}</tool_call>', "hermes", /a name is no text/);
});

test("a longer beginning of an answer adds to its content and its arguments, and takes nothing back", () => {
  for (const format of FORMATS) {
    for (const text of [`${WEATHER[format]}`, BOTH[format] ?? "", said(format, 'A "quoted" <t [T {" text'), "Oh. "]) {
      if (format === "generic" && !text.startsWith("{")) continue;
      let before: ParsedAnswer = { content: "", calls: [] };
      for (let length = 0; length <= text.length; length++) {
        const now = parse(text.slice(0, length), format, true);
        const where = `${format}: ${text.slice(0, length)}`;
        assert.ok(now.content.startsWith(before.content), where);
        before.calls.forEach(({ name, argumentsText }, i) => {
          assert.equal(now.calls[i]?.name, name, where);
          assert.ok(now.calls[i]?.argumentsText.startsWith(argumentsText), where);
        });
        before = now;
      }
      const whole = parse(text, format);
      assert.deepEqual(before.calls, whole.calls, text);
      assert.ok(whole.content.startsWith(before.content), text);
    }
  }
});

test("whatever the grammar lets through is read, and every beginning of it", () => {
  const letters = vocabularyOf([...' \n{}[]":,<>=_/0123456789abcdefghijklmnopqrstuvwxyzBTOLCAS.-', "</s>"]);
  const ends = letters.size - 1;
  const random = seededRandom(7);
  for (const format of FORMATS) {
    const grammar = toolGrammar(TOOLS, format, "required");
    let ended = 0;
    for (let round = 0; round < 40; round++) {
      const matcher = grammar?.createMatcher(letters);
      assert.ok(matcher !== undefined);
      let text = "";
      while (text.length < 400) {
        const allowed = idsOf(matcher.mask());
        // White space and endless lists of calls make long texts and nothing new.
        const some = allowed.filter((id) => id > 1);
        const from = allowed.includes(ends) ? [ends] : some.length > 0 ? some : allowed;
        const id = from[Math.floor(random() * from.length)] as number;
        assert.equal(matcher.accept(id), true);
        if (id === ends) break;
        text += new TextDecoder().decode(letters.bytesOf(id));
        parse(text, format, true);
        if (matcher.isOver) break;
      }
      if (!matcher.isComplete) continue;
      ended++;
      const { content, calls } = parse(text, format);
      assert.equal(content, "", text);
      assert.ok(calls.length > 0, text);
    }
    assert.ok(ended > 20, `${format}: ${ended}`);
  }
});
