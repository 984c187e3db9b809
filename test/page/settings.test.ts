import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_SETTINGS, problemOf, readSettings, requestFields } from "../../src/page/settings.js";

test("settings become the fields of a request, and what is empty is left to the server", () => {
  assert.deepEqual(requestFields(NO_SETTINGS), {});
  const settings = { ...NO_SETTINGS, temperature: " 0.5 ", topK: "10", maxTokens: "64", schema: '{"type": "object"}' };
  const fields = requestFields(settings);
  assert.deepEqual([fields["temperature"], fields["top_k"], fields["max_tokens"]], [0.5, 10, 64]);
  assert.deepEqual(fields["response_format"], {
    type: "json_schema",
    json_schema: { name: "answer", schema: { type: "object" }, strict: true },
  });
});

test("what is wrong with a field is told", () => {
  assert.equal(problemOf("temperature", "0.7"), undefined);
  assert.match(problemOf("temperature", "warm") ?? "", /Temperature must be a number from 0 to 100/);
  assert.match(problemOf("topK", "1.5") ?? "", /whole number/);
  assert.match(problemOf("schema", "{") ?? "", /not JSON/);
  assert.match(problemOf("schema", "[1]") ?? "", /object/);
});

test("what was kept is read, and what is none of it is dropped", () => {
  assert.deepEqual(readSettings(null), NO_SETTINGS);
  assert.deepEqual(readSettings("no JSON"), NO_SETTINGS);
  const kept = readSettings('{"temperature": "1", "theme": "pink", "apiKey": 5, "other": "x"}');
  assert.deepEqual(kept, { ...NO_SETTINGS, temperature: "1" });
});
