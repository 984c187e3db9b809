import assert from "node:assert/strict";
import { test } from "node:test";
import { shortSchema } from "#dist/grammar/short-schema.js";

const object = (properties: Record<string, unknown>) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

test("names, types and descriptions become the schema of an object", () => {
  assert.deepEqual(
    shortSchema("name, age int, bio: one line, score float: 0 to 1, ok bool"),
    object({
      name: { type: "string" },
      age: { type: "integer" },
      bio: { type: "string", description: "one line" },
      score: { type: "number", description: "0 to 1" },
      ok: { type: "boolean" },
    }),
  );
});

test("brackets make lists, braces objects, to any depth", () => {
  assert.deepEqual(
    shortSchema("tags [string], m [[int]], a {b, c {d bool}}, l [{x float}], any []"),
    object({
      tags: { type: "array", items: { type: "string" } },
      m: { type: "array", items: { type: "array", items: { type: "integer" } } },
      a: object({ b: { type: "string" }, c: object({ d: { type: "boolean" } }) }),
      l: { type: "array", items: object({ x: { type: "number" } }) },
      any: { type: "array", items: { type: "string" } },
    }),
  );
});

test("with line breaks, commas belong to the descriptions", () => {
  assert.deepEqual(
    shortSchema("\nname: first, then last\nage int\n"),
    object({ name: { type: "string", description: "first, then last" }, age: { type: "integer" } }),
  );
});

test("what is wrong is said with its place", () => {
  assert.throws(() => shortSchema(""), /expects the name of a property, at its end \(character 1\)/);
  assert.throws(() => shortSchema("age integr"), /unknown type "integr"; expected string, int.*character 5/);
  assert.throws(() => shortSchema("a, a int"), /property a twice/);
  assert.throws(() => shortSchema("a [int"), /not closed by \]/);
  assert.throws(() => shortSchema("a {b"), /not closed by \}/);
  assert.throws(() => shortSchema("a int b"), /expects a comma or the end/);
  assert.throws(() => shortSchema(`a ${"[".repeat(5000)}`), /nests more than/);
  assert.throws(() => shortSchema("a {".repeat(5000)), /nests more than/);
});
