/**
 * The type of the values that a JSON Schema allows, where it is given `as const` or written in the call: of the
 * keywords that say what a value is (`type`, `const`, `enum`, `properties`, `required`, `items`, `prefixItems`,
 * `anyOf`, `oneOf`, `allOf`). What a type cannot say, as a `pattern` or a `$ref`, leaves the value wider, never wrong.
 */
export type JsonSchemaValue<S> = S extends { readonly const: infer C }
  ? Plain<C>
  : S extends { readonly enum: readonly (infer E)[] }
    ? Plain<E>
    : S extends { readonly anyOf: readonly (infer A)[] }
      ? JsonSchemaValue<A>
      : S extends { readonly oneOf: readonly (infer O)[] }
        ? JsonSchemaValue<O>
        : S extends { readonly allOf: infer L extends readonly unknown[] }
          ? All<L>
          : S extends { readonly type: readonly (infer T)[] }
            ? OfType<T, S>
            : S extends { readonly type: infer T }
              ? OfType<T, S>
              : unknown;

/** By the name of its type; `S` has the rest. A name that is only known as a string may be any. */
type OfType<T, S> = T extends string
  ? string extends T
    ? unknown
    : T extends "string"
      ? string
      : T extends "integer" | "number"
        ? number
        : T extends "boolean"
          ? boolean
          : T extends "null"
            ? null
            : T extends "array"
              ? ArrayOf<S>
              : T extends "object"
                ? ObjectOf<S>
                : unknown
  : unknown;

type ArrayOf<S> = S extends { readonly prefixItems: infer P extends readonly unknown[] }
  ? [...{ -readonly [I in keyof P]?: JsonSchemaValue<P[I]> }, ...unknown[]]
  : S extends { readonly items: infer I }
    ? JsonSchemaValue<I>[]
    : unknown[];

type ObjectOf<S> = S extends { readonly properties: infer P }
  ? Flat<
      { [K in keyof P as K extends Required<S> ? K : never]: JsonSchemaValue<P[K]> } & {
        [K in keyof P as K extends Required<S> ? never : K]?: JsonSchemaValue<P[K]>;
      }
    >
  : Record<string, unknown>;

type Required<S> = S extends { readonly required: readonly (infer R)[] } ? R : never;

type All<L extends readonly unknown[]> = L extends readonly [infer First, ...infer Rest]
  ? JsonSchemaValue<First> & All<Rest>
  : unknown;

/** A value without the `readonly` that `as const` puts everywhere. */
type Plain<T> = T extends readonly unknown[] | Record<string, unknown> ? { -readonly [K in keyof T]: Plain<T[K]> } : T;

/** One object type instead of an intersection. */
type Flat<T> = { [K in keyof T]: T[K] };
