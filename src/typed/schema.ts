import type { JsonSchemaValue } from "./json-schema-value.js";

/**
 * A schema of a library that follows Standard Schema (standardschema.dev) and can say what it is as JSON Schema, as zod
 * 4, Valibot and ArkType can.
 */
export interface StandardSchema<Output = unknown> {
  /** What the library tells of the schema. */
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    /** Takes a value, or says what is wrong with it. */
    readonly validate: (value: unknown) => Validation<Output> | Promise<Validation<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

/** What a library says of a value. */
export type Validation<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly ValidationIssue[] };

/** Why it refuses one, and where. */
export interface ValidationIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The type of the value that a schema describes: by its library, or by the keywords of a JSON Schema. */
export type SchemaValue<S> = S extends StandardSchema<infer Output> ? Output : JsonSchemaValue<S>;

/** A value of which any part may not be there yet. */
export type DeepPartial<T> = T extends readonly (infer Item)[]
  ? DeepPartial<Item>[]
  : T extends object
    ? { [K in keyof T]?: DeepPartial<T[K]> }
    : T;

export function isStandardSchema(schema: unknown): schema is StandardSchema {
  if ((typeof schema !== "object" && typeof schema !== "function") || schema === null) return false;
  const standard = (schema as { "~standard"?: unknown })["~standard"];
  return typeof (standard as { validate?: unknown } | undefined)?.validate === "function";
}
