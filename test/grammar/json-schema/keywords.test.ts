import assert from "node:assert/strict";
import { test } from "node:test";
import { LlamaError } from "#dist/errors.js";
import { Grammar } from "#dist/grammar/grammar.js";
import { jsonSchemaRules } from "#dist/grammar/json-schema/compile.js";

const grammarOf = (schema: unknown) => new Grammar(() => jsonSchemaRules(schema));

function accepts(schema: unknown, ...values: readonly unknown[]): void {
  for (const value of values) assert.equal(grammarOf(schema).test(JSON.stringify(value)), true, JSON.stringify(value));
}

function rejects(schema: unknown, ...values: readonly unknown[]): void {
  for (const value of values) assert.equal(grammarOf(schema).test(JSON.stringify(value)), false, JSON.stringify(value));
}

function refuses(schema: unknown, message: RegExp): void {
  assert.throws(
    () => grammarOf(schema),
    (error) => error instanceof LlamaError && error.code === "grammar" && message.test(error.message),
  );
}

test("named properties come in the schema's order, optional ones may be missing, others follow", () => {
  const schema = { properties: { b: { type: "integer" }, a: { type: "string" } }, required: ["a"], type: "object" };
  accepts(schema, { b: 1, a: "x" }, { a: "x" }, { b: 1, a: "x", c: [null], d: {} });
  rejects(schema, { a: "x", b: 1 }, { b: 1 }, {}, { c: 1, a: "x" }, { a: 1 });
});

test("a key written with escapes is not taken for another than the named one", () => {
  const grammar = grammarOf({ properties: { ab: { type: "integer" } } });
  assert.equal(grammar.test('{"ab":1}'), true);
  assert.equal(grammar.test('{"\\u0061b":"x"}'), false);
  assert.equal(grammar.test('{"ac":"x"}'), true);
});

test("space is bounded: none, a blank, or up to two line breaks with an indentation", () => {
  const grammar = grammarOf({ type: "array", items: { type: "integer" } });
  for (const text of ["[1,2]", "[1, 2]", "[\n  1,\n  2\n]", "[ ]", "[\n\n\t1]"])
    assert.equal(grammar.test(text), true, text);
  for (const text of ["[1,  2]", "[1 ,2]", " [1]", "[1] ", "[\n\n\n1]"]) assert.equal(grammar.test(text), false, text);
});

test("lengths count code points, however they are escaped", () => {
  const grammar = grammarOf({ type: "string", minLength: 2, maxLength: 2 });
  for (const text of ['"ab"', '"😀é"', '"\\n\\u00e9"', '"\\ud83d\\ude00x"', '"\\/\\""'])
    assert.equal(grammar.test(text), true, text);
  for (const text of ['"a"', '"abc"', '"😀"', '"\\ud83dx"', '"a\nb"']) assert.equal(grammar.test(text), false, text);
});

test("a pattern matches the value, not its text", () => {
  accepts({ type: "string", pattern: '^"\\n\\\\$' }, '"\n\\');
  accepts({ type: "string", pattern: "b" }, "abc", 'b"', "\tb");
  rejects({ type: "string", pattern: "b" }, "ac", "\\u0062");
  accepts({ type: "string", pattern: "^[a-z]+$", not: { pattern: "^(cat|dog)$" } }, "ca", "cats", "do");
  rejects({ type: "string", pattern: "^[a-z]+$", not: { pattern: "^(cat|dog)$" } }, "cat", "dog", "A");
});

test("branches of oneOf exclude one another, also where they have to be told apart by negation", () => {
  const shapes = {
    type: "object",
    properties: { r: { type: "number" }, w: { type: "number" }, h: { type: "number" } },
    additionalProperties: false,
    oneOf: [{ required: ["r"] }, { required: ["w", "h"] }],
  };
  accepts(shapes, { r: 1 }, { w: 1, h: 2 }, { r: 1, w: 2 });
  rejects(shapes, {}, { w: 1 }, { r: 1, w: 1, h: 1 });
  const numbers = { oneOf: [{ type: "integer" }, { minimum: 2 }] };
  accepts(numbers, 1, 2.5, "x");
  rejects(numbers, 3, 1.5);
});

test("if, then and else, and dependencies, divide the objects", () => {
  const schema = {
    properties: { kind: { enum: ["a", "b"] }, size: { type: "integer" } },
    required: ["kind"],
    additionalProperties: false,
    if: { properties: { kind: { const: "a" } } },
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
    then: { required: ["size"] },
    else: { properties: { size: false } },
  };
  accepts(schema, { kind: "a", size: 1 }, { kind: "b" });
  rejects(schema, { kind: "a" }, { kind: "b", size: 1 }, { kind: "c" });
  accepts({ dependentRequired: { a: ["b"] } }, {}, { b: 1 }, { a: 1, b: 2 }, { b: 2, a: 1 }, 3);
  rejects({ dependentRequired: { a: ["b"] } }, { a: 1 });
});

test("recursive schemas follow their references, and one that needs itself has no value", () => {
  const tree = {
    $ref: "#/$defs/node",
    $defs: { node: { type: "object", properties: { next: { $ref: "#/$defs/node" } }, additionalProperties: false } },
  };
  accepts(tree, {}, { next: { next: {} } });
  rejects(tree, { next: 1 }, { other: {} });
  refuses({ type: "object", properties: { next: { $ref: "#" } }, required: ["next"] }, /allows no value/);
  refuses({ $ref: "#" }, /refers back to itself/);
});

test("contains, uniqueItems and numbers of properties are counted", () => {
  const some = { type: "array", items: { type: "integer" }, contains: { minimum: 5 }, minContains: 1, maxContains: 2 };
  accepts(some, [5], [1, 7, 2, 8], [9, 1]);
  rejects(some, [], [1], [5, 6, 7]);
  accepts({ type: "array", items: { enum: ["a", "b", "c"] }, uniqueItems: true }, [], ["c", "a", "b"]);
  rejects({ type: "array", items: { enum: ["a", "b", "c"] }, uniqueItems: true }, ["a", "b", "a"]);
  const counted = {
    type: "object",
    properties: { a: true, b: true, c: true },
    additionalProperties: false,
    minProperties: 2,
  };
  accepts(counted, { a: 1, c: 1 }, { b: 1, c: 1 }, { a: 1, b: 1, c: 1 });
  rejects(counted, {}, { b: 1 });
  accepts({ type: "object", maxProperties: 2 }, {}, { x: 1, y: 1 });
  rejects({ type: "object", maxProperties: 2 }, { x: 1, y: 1, z: 1 });
});

test("drafts before 2019-09 ignore what stands beside $ref, later ones do not", () => {
  const schema = { $defs: { s: { type: "string" } }, properties: { a: { $ref: "#/$defs/s", maxLength: 1 } } };
  rejects(schema, { a: "xy" });
  accepts({ $schema: "http://json-schema.org/draft-07/schema#", ...schema }, { a: "xy" });
  accepts({ $schema: "http://json-schema.org/draft-04/schema#", minimum: 1, exclusiveMinimum: true }, 1.5);
  rejects({ $schema: "http://json-schema.org/draft-04/schema#", minimum: 1, exclusiveMinimum: true }, 1);
});

test("what cannot be compiled is refused with its place and a reason", () => {
  refuses(
    { properties: { a: { uniqueItems: true, items: { type: "string" } } } },
    /#\/properties\/a: uniqueItems is supported/,
  );
  refuses(
    { properties: { "a/b": { pattern: "(?=x)" } } },
    /#\/properties\/a~1b\/pattern: the regular expression .* lookaround/,
  );
  refuses({ items: { format: "idn-email" } }, /#\/items\/format: the format "idn-email" is not supported/);
  refuses({ $ref: "https://example.com/other" }, /#\/\$ref: the reference .* leaves the document/);
  refuses({ $ref: "#/$defs/missing" }, /points to nothing/);
  refuses({ extends: {} }, /extends is not supported; use allOf/);
  refuses({ minimum: "1" }, /minimum must be a number \(got "1"\)/);
  refuses({ properties: { a: { required: true } } }, /required must be an array of names/);
  refuses({ properties: { a: 1 } }, /#\/properties\/a: a schema must be an object or a boolean/);
  refuses({ minimum: "\u007f\u009b\u202e" }, /minimum must be a number \(got "\\u007f\\u009b\\u202e"\)/);
  refuses({ type: "text" }, /type must be one or several of/);
  refuses({ $schema: "http://example.com/schema" }, /the dialect .* is not known/);
  refuses({ allOf: [{ type: "string" }, { type: "null" }] }, /allows no value/);
  refuses([], /a schema must be an object or a boolean/);
  refuses({ not: { format: "email" } }, /not negated/);
});

test("annotations and unknown keywords mean nothing", () => {
  const notes = {
    title: "x",
    description: "y",
    default: 1,
    examples: [1],
    deprecated: true,
    "x-order": 3,
    nullable: true,
    format: "color",
  };
  accepts({ type: "string", ...notes }, "z");
  rejects({ type: "string", ...notes }, null);
});
