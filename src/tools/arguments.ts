import { Grammar } from "../grammar/grammar.js";
import type { JsonObject } from "./tool.js";

/** Grammars by the schemas that they were made of. */
const known = new WeakMap<JsonObject, Grammar>();

/**
 * Whether a schema allows arguments, whatever the order of their properties.
 * @param written how the model wrote them
 * @throws LlamaError `grammar` where the schema is refused
 */
export function isAllowed(schema: JsonObject, value: unknown, written: string): boolean {
  let grammar = known.get(schema);
  if (grammar === undefined) {
    grammar = Grammar.fromJsonSchema(schema);
    known.set(schema, grammar);
  }
  if (grammar.test(written)) return true;
  return grammar.test(JSON.stringify(inSchemaOrder(schema, value)));
}

/** The value with the properties that a schema names in the order in which it names them, as grammars want them. */
function inSchemaOrder(schema: unknown, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { properties, items } = (typeof schema === "object" && schema !== null ? schema : {}) as JsonObject;
  if (Array.isArray(value)) return value.map((item) => inSchemaOrder(items, item));
  const named = (typeof properties === "object" && properties !== null ? properties : {}) as JsonObject;
  const order = [...Object.keys(named), ...Object.keys(value)];
  const entries = [...new Set(order)]
    .filter((key) => Object.hasOwn(value, key))
    .map((key) => [key, inSchemaOrder(named[key], (value as JsonObject)[key])] as const);
  return Object.fromEntries(entries);
}
