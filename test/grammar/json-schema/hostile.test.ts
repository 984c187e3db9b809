import assert from "node:assert/strict";
import { test } from "node:test";
import { LlamaError } from "#dist/errors.js";
import { Grammar } from "#dist/grammar/grammar.js";
import { jsonSchemaRules } from "#dist/grammar/json-schema/compile.js";

function nested(depth: number, wrap: (inner: unknown) => unknown): unknown {
  let schema: unknown = { type: "null" };
  for (let i = 0; i < depth; i++) schema = wrap(schema);
  return schema;
}

const numbered = (count: number, make: (i: number) => unknown) => Array.from({ length: count }, (_, i) => make(i));

const HOSTILE: Readonly<Record<string, () => unknown>> = {
  "items, 5000 deep": () => nested(5000, (items) => ({ items })),
  "not, 5000 deep": () => nested(5000, (not) => ({ not })),
  "allOf, 5000 deep": () => nested(5000, (inner) => ({ allOf: [inner, inner] })),
  "a chain of 5000 references": () => ({
    $ref: "#/$defs/0",
    $defs: Object.fromEntries(numbered(5000, (i) => [i, { allOf: [{ $ref: `#/$defs/${(i as number) + 1}` }] }]) as []),
  }),
  "a circle of references": () => ({
    $ref: "#/$defs/a",
    $defs: { a: { $ref: "#/$defs/b" }, b: { anyOf: [{ $ref: "#/$defs/a" }] } },
  }),
  "anyOf to the power of allOf": () => ({
    allOf: numbered(40, (i) => ({
      anyOf: numbered(8, (j) => ({ properties: { [`p${i}${j}`]: { type: "null" } }, required: [`p${i}${j}`] })),
    })),
  }),
  "oneOf of 400 that overlap": () => ({
    oneOf: numbered(400, (i) => ({ properties: { [`p${i}`]: { type: "string" } } })),
  }),
  "60 dependencies": () => ({
    dependentRequired: Object.fromEntries(numbered(60, (i) => [`a${i}`, [`b${i}`]]) as []),
  }),
  "patterns in all combinations": () => ({
    patternProperties: Object.fromEntries(numbered(24, (i) => [`a.{${i}}b`, { minimum: i }]) as []),
  }),
  "a large multiple": () => ({ type: "number", multipleOf: 1234567.89 }),
  "many multiples": () => ({
    allOf: numbered(12, (i) => ({ not: { multipleOf: [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37][i as number] } })),
  }),
  "uniqueItems of 64 values": () => ({ items: { enum: numbered(64, (i) => i) }, uniqueItems: true }),
  "contains within a million items": () => ({ contains: { type: "null" }, minItems: 1_000_000 }),
  "not of many properties": () => ({
    allOf: numbered(20, (i) => ({
      not: { properties: Object.fromEntries(numbered(10, (j) => [`${i}-${j}`, { type: "null" }]) as []) },
    })),
  }),
  "counted properties": () => ({
    properties: Object.fromEntries(numbered(3000, (i) => [`p${i}`, true]) as []),
    minProperties: 1500,
    additionalProperties: false,
  }),
};

for (const [name, make] of Object.entries(HOSTILE)) {
  test(`a hostile schema is refused, with its place: ${name}`, () => {
    assert.throws(
      () => new Grammar(() => jsonSchemaRules(make())),
      (error) => error instanceof LlamaError && error.code === "grammar" && /^In the/.test(error.message),
    );
  });
}

test("large schemas in earnest compile", () => {
  const values = numbered(20_000, (i) => `value ${i}`);
  assert.equal(new Grammar(() => jsonSchemaRules({ enum: values })).test('"value 19999"'), true);
  const properties = Object.fromEntries(
    numbered(2000, (i) => [`p${i}`, { type: "string", maxLength: 1_000_000 }]) as [],
  );
  const grammar = new Grammar(() => jsonSchemaRules({ type: "object", properties, additionalProperties: false }));
  assert.equal(grammar.test('{"p7":"x","p1999":""}'), true);
  assert.equal(grammar.test('{"p1999":"","p7":"x"}'), false);
  const chain = Object.fromEntries(
    numbered(3000, (i) => [
      i,
      { properties: { next: { $ref: `#/$defs/${(i as number) + 1}` } }, additionalProperties: false },
    ]) as [],
  );
  assert.equal(
    new Grammar(() => jsonSchemaRules({ $ref: "#/$defs/0", $defs: { ...chain, 3000: { type: "null" } } })).test(
      '{"next":{}}',
    ),
    true,
  );
});
