import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePartialJson } from "#dist/typed/partial-json.js";

test("the beginning of a JSON text says what is known of its value", () => {
  const steps: readonly (readonly [text: string, value: unknown])[] = [
    ["", undefined],
    [" {", {}],
    ['{"na', {}],
    ['{"name"', {}],
    ['{"name": ', {}],
    ['{"name": "', { name: "" }],
    ['{"name": "An', { name: "An" }],
    ['{"name": "An\\', { name: "An" }],
    ['{"name": "An\\u00e', { name: "An" }],
    ['{"name": "An\\u00e9"', { name: "An\u00e9" }],
    ['{"name": "An", "age": 4', { name: "An" }],
    ['{"name": "An", "age": 42,', { name: "An", age: 42 }],
    ['{"name": "An", "age": 42, "tags": [tru', { name: "An", age: 42, tags: [] }],
    ['{"name": "An", "age": 42, "tags": [true, {"a": null', { name: "An", age: 42, tags: [true, {}] }],
    ['{"a": "\ud83d', { a: "" }],
    ["[1, -2.5e3, ", [1, -2500]],
    ["12", undefined],
    ["12 ", 12],
  ];
  for (const [text, value] of steps) assert.deepEqual(parsePartialJson(text), value, text);
});

test("every beginning of a text is read, and the whole of it as JSON.parse reads it", () => {
  const value = { __proto__x: [1, { b: '\u20ac \ud83d\ude00 "q" \\ \n' }, null, false, []], "": {}, n: [[-0.5]] };
  for (const space of [0, 2]) {
    const text = JSON.stringify(value, undefined, space);
    for (let end = 0; end < text.length; end++) parsePartialJson(text.slice(0, end));
    assert.deepEqual(parsePartialJson(text), value);
  }
  const own = parsePartialJson('{"__proto__": {"a": 1}}') as object;
  assert.deepEqual(Object.keys(own), ["__proto__"]);
  assert.equal(Object.getPrototypeOf(own), Object.prototype);
});

test("what is no JSON is refused, and never looked at for ever", () => {
  for (const text of ["[#", '["a" #', "[}", '{"a": [&']) assert.throws(() => parsePartialJson(text), SyntaxError, text);
});
