import assert from "node:assert/strict";
import { test } from "node:test";
import { requestOptions } from "#dist/cli/endpoint/request-options.js";
import { Grammar } from "#dist/grammar/grammar.js";

test("options have the names that servers know", () => {
  const schema = { type: "object", properties: { a: { type: "integer" } } };
  assert.deepEqual(
    requestOptions({
      temperature: 0.5,
      topP: 0.9,
      presencePenalty: 0.1,
      frequencyPenalty: 0.2,
      seed: 7,
      maxTokens: 20,
      stop: ["x"],
      logitBias: new Map([
        [5, Number.NEGATIVE_INFINITY],
        [6, 1.5],
      ]),
      grammar: Grammar.fromJsonSchema(schema),
    }),
    {
      temperature: 0.5,
      top_p: 0.9,
      presence_penalty: 0.1,
      frequency_penalty: 0.2,
      seed: 7,
      max_tokens: 20,
      stop: ["x"],
      logit_bias: { 5: -100, 6: 1.5 },
      response_format: { type: "json_schema", json_schema: { name: "answer", strict: true, schema } },
    },
  );
  assert.deepEqual(requestOptions({ seed: -1, maxTokens: -1, stop: [], ignoreEos: false, topK: undefined }), {});
});

test("an option that a server would ignore is refused by its name", () => {
  const refused = (options: object, message: RegExp) =>
    assert.throws(() => requestOptions(options), { code: "option", message });
  refused({ topK: 10 }, /^top-k is nothing that a server takes/);
  refused({ minP: 0.1 }, /^min-p /);
  refused({ mirostat: 2 }, /^mirostat /);
  refused({ ignoreEos: true }, /^ignore-eos /);
  refused({ speculation: "ngram" }, /^spec-type /);
  refused({ grammar: Grammar.fromRegex("a+") }, /to a JSON Schema, but not to a regular expression or a grammar/);
});
