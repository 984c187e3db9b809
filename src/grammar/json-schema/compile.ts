import type { Rule } from "../rules.js";
import { Document } from "./document.js";
import { Emitter } from "./emit.js";
import { Plans } from "./plan.js";
import { refuse } from "./refusal.js";
import { SchemaReader } from "./schema-reader.js";

/**
 * The rules of the JSON texts that a JSON Schema allows (drafts 4 to 2020-12; without `$schema`, whatever of them it
 * uses), exactly: every keyword that restricts values is taken into account, or the schema is refused. Named properties
 * come in the order of the schema, others after them. Space between tokens is as compact as JSON.stringify writes it,
 * as `", "` and `": "`, or as line breaks with indentation. Strings are written without needless escapes; numbers may
 * have exponents where the schema does not bound them.
 * @param schema a JSON value, as JSON.parse gives it
 * @throws LlamaError `grammar`, with the JSON pointer of the place, where the schema is wrong, uses what is not
 *   supported, allows nothing, or would take too much
 */
export function jsonSchemaRules(schema: unknown): Rule {
  const document = new Document(schema);
  const reader = new SchemaReader(document);
  const root = document.rootPlace;
  const term = reader.terms.schema(root ?? (schema as boolean));
  const plans = new Plans(reader, term);
  if (!plans.isInhabited(term)) refuse("", "it allows no value at all.");
  return new Emitter(reader, plans).emit(term);
}
