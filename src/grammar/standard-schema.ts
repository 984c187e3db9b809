import { isObject } from "../json-object.js";
import { grammarError } from "./errors.js";

/**
 * The JSON Schema of what a caller gives as a schema: a JSON Schema itself, or an object of a library that follows
 * Standard JSON Schema (`~standard.jsonSchema`), or one with a method `toJSONSchema` as zod 4 has it. Nothing is
 * imported: the object brings what is needed. Objects of a library's schema have no members but those it names, unless
 * it says that others may come: what it drops when it parses need not be generated.
 * @throws LlamaError `grammar` for a schema of a library that cannot be written as JSON Schema
 */
export function jsonSchemaOf(schema: unknown): unknown {
  if ((typeof schema !== "object" && typeof schema !== "function") || schema === null) return schema;
  const standard = (schema as { "~standard"?: unknown })["~standard"];
  const writers = [jsonSchemaWriter(standard), ownWriter(schema)].filter((writer) => writer !== undefined);
  if (standard === undefined && writers.length === 0) return schema;
  let reason: unknown;
  for (const write of writers) {
    try {
      return closed(write());
    } catch (error) {
      reason = error;
    }
  }
  const vendor = (standard as { vendor?: unknown } | undefined)?.vendor;
  const library = typeof vendor === "string" ? `The ${vendor} schema` : "The schema";
  if (reason === undefined) {
    throw grammarError(`${library} does not say what it is as JSON Schema; convert it, and give the JSON Schema.`);
  }
  const what = reason instanceof Error ? reason.message : String(reason);
  throw grammarError(`${library} cannot be written as JSON Schema: ${what}`);
}

/**
 * Standard JSON Schema: `jsonSchema.input({ target })` and `output`; what is parsed is what a schema takes, its input.
 */
function jsonSchemaWriter(standard: unknown): (() => unknown) | undefined {
  const writer = (standard as { jsonSchema?: { input?: unknown } } | undefined)?.jsonSchema;
  const { input } = writer ?? {};
  return typeof input === "function" ? () => input.call(writer, { target: "draft-2020-12" }) : undefined;
}

function ownWriter(schema: object): (() => unknown) | undefined {
  const { toJSONSchema, toJsonSchema } = schema as { toJSONSchema?: unknown; toJsonSchema?: unknown };
  const own = toJSONSchema ?? toJsonSchema;
  return typeof own === "function" ? () => own.call(schema) : undefined;
}

/** A keyword by which an object may have members that are named beside it, not in it. */
const JOINING = /"(?:allOf|unevaluatedProperties|dependentSchemas|if)":/;

/** The schema with `additionalProperties: false` where it names properties and says nothing of others. */
function closed(schema: unknown): unknown {
  const text = JSON.stringify(schema);
  if (text === undefined || JOINING.test(text)) return schema;
  return JSON.parse(text, (key, value: unknown) => {
    if (!isObject(value) || !("properties" in value) || "additionalProperties" in value) return value;
    // Properties of this name are no schema, but a table of them.
    return NAMING.has(key) ? value : { ...value, additionalProperties: false };
  });
}

/** Keywords whose value has schemas by any name. */
const NAMING: ReadonlySet<string> = new Set(["properties", "patternProperties", "$defs", "definitions"]);
