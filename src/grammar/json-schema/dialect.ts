import { printable } from "../../errors.js";
import { refuse } from "./refusal.js";

/** The drafts that differ in what this compiler reads; "any" is a schema that does not say, and may mix them. */
export type Dialect = "draft-04" | "draft-06" | "draft-07" | "2019-09" | "2020-12" | "any";

const DIALECTS: readonly [RegExp, Dialect][] = [
  [/^https?:\/\/json-schema\.org\/draft-04\/(hyper-)?schema$/, "draft-04"],
  [/^https?:\/\/json-schema\.org\/draft-06\/(hyper-)?schema$/, "draft-06"],
  [/^https?:\/\/json-schema\.org\/draft-07\/(hyper-)?schema$/, "draft-07"],
  [/^https?:\/\/json-schema\.org\/draft\/2019-09\/(hyper-)?schema$/, "2019-09"],
  [/^https?:\/\/json-schema\.org\/draft\/2020-12\/schema$/, "2020-12"],
  [/^https?:\/\/json-schema\.org\/schema$/, "any"],
];

/** The dialect that `$schema` names. */
export function dialectOf(uri: unknown, pointer: string): Dialect {
  if (uri === undefined) return "any";
  if (typeof uri !== "string") refuse(`${pointer}/$schema`, "$schema must be a string.");
  const bare = uri.trim().replace(/#$/, "");
  const found = DIALECTS.find(([pattern]) => pattern.test(bare));
  if (found !== undefined) return found[1];
  return refuse(
    `${pointer}/$schema`,
    `the dialect "${printable(uri)}" is not known; expected JSON Schema draft-04, draft-06, draft-07, 2019-09 or 2020-12.`,
  );
}

/** Up to draft 7 a schema with $ref is that reference alone: whatever stands beside it has no meaning. */
export function refStandsAlone(dialect: Dialect): boolean {
  return dialect === "draft-04" || dialect === "draft-06" || dialect === "draft-07";
}

/**
 * Assertions of drafts before 4, and of proposals, that would change the meaning of a schema if they were skipped.
 * Names that are in no draft are annotations, as the specification has it.
 */
export const UNSUPPORTED_KEYWORDS: ReadonlyMap<string, string> = new Map([
  ["extends", "use allOf"],
  ["disallow", "use not"],
  ["divisibleBy", "use multipleOf"],
  ["propertyDependencies", "use if and then"],
  ["$data", "write the value"],
]);

/**
 * Where a keyword holds schemas: one, a list of them, a map from names to them, or one or a list (`items` up to
 * 2019-09).
 */
export const SUBSCHEMAS: ReadonlyMap<string, "one" | "list" | "map" | "one-or-list"> = new Map([
  ["additionalItems", "one"],
  ["additionalProperties", "one"],
  ["contains", "one"],
  ["contentSchema", "one"],
  ["else", "one"],
  ["if", "one"],
  ["items", "one-or-list"],
  ["not", "one"],
  ["propertyNames", "one"],
  ["then", "one"],
  ["unevaluatedItems", "one"],
  ["unevaluatedProperties", "one"],
  ["allOf", "list"],
  ["anyOf", "list"],
  ["oneOf", "list"],
  ["prefixItems", "list"],
  ["$defs", "map"],
  ["definitions", "map"],
  ["dependencies", "map"],
  ["dependentSchemas", "map"],
  ["patternProperties", "map"],
  ["properties", "map"],
]);
