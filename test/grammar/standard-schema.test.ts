import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonSchemaOf } from "#dist/grammar/standard-schema.js";

test("a JSON Schema is itself", () => {
  const schema = { type: "string" };
  assert.equal(jsonSchemaOf(schema), schema);
  assert.equal(jsonSchemaOf(true), true);
});

test("a library's schema is asked for its JSON Schema, by the standard or by a method of its own", () => {
  const standard = {
    "~standard": {
      version: 1,
      vendor: "v",
      jsonSchema: { input: ({ target }: { target: string }) => ({ $comment: target }) },
    },
  };
  assert.deepEqual(jsonSchemaOf(standard), { $comment: "draft-2020-12" });
  const callable = Object.assign(() => undefined, {
    "~standard": { vendor: "arktype" },
    toJsonSchema: () => ({ type: "null" }),
  });
  assert.deepEqual(jsonSchemaOf(callable), { type: "null" });
  const own = {
    inner: { type: "integer" },
    toJSONSchema() {
      return this.inner;
    },
  };
  assert.deepEqual(jsonSchemaOf(own), { type: "integer" });
});

test("a library's schema that has no JSON Schema is refused with the reason", () => {
  assert.throws(() => jsonSchemaOf({ "~standard": { vendor: "valibot" } }), /The valibot schema does not say/);
  const broken = {
    "~standard": { vendor: "zod" },
    toJSONSchema() {
      throw new Error("Date cannot be represented");
    },
  };
  assert.throws(
    () => jsonSchemaOf(broken),
    /The zod schema cannot be written as JSON Schema: Date cannot be represented/,
  );
});
