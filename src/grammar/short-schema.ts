import { printable } from "../errors.js";
import { grammarError } from "./errors.js";

/** A JSON Schema as `shortSchema` writes it. */
export type ShortSchema =
  | { readonly type: "string" | "integer" | "number" | "boolean"; readonly description?: string }
  | { readonly type: "array"; readonly items: ShortSchema; readonly description?: string }
  | {
      readonly type: "object";
      readonly properties: Readonly<Record<string, ShortSchema>>;
      readonly required: readonly string[];
      readonly additionalProperties: false;
      readonly description?: string;
    };

const TYPES: ReadonlyMap<string, "string" | "integer" | "number" | "boolean"> = new Map([
  ["str", "string"],
  ["string", "string"],
  ["int", "integer"],
  ["integer", "integer"],
  ["float", "number"],
  ["number", "number"],
  ["bool", "boolean"],
  ["boolean", "boolean"],
]);

const MAX_DEPTH = 50;

/**
 * The JSON Schema of a short form: properties divided by commas or line breaks, each a name, then a type where it is
 * not a string, then a description behind a colon. Types are `string`, `int`, `float`, `bool` (and `str`, `integer`,
 * `number`, `boolean`), a type in square brackets for a list of it, and properties in braces for an object. All
 * properties are required, and there are no others.
 *
 * ```
 * name, age int, tags [string], address {street, city}, bio: one line about the person
 * ```
 *
 * With line breaks, commas belong to the descriptions.
 * @throws LlamaError `grammar`, with the place, where the text is of another form
 */
export function shortSchema(source: string): ShortSchema {
  const reader = new ShortSchemaReader(source);
  const schema = reader.readProperties(0);
  reader.expectEnd();
  return schema;
}

class ShortSchemaReader {
  readonly #source: string;
  readonly #separator: "," | "\n";
  #at = 0;

  constructor(source: string) {
    this.#source = source.trim();
    this.#separator = this.#source.includes("\n") ? "\n" : ",";
  }

  readProperties(depth: number): ShortSchema {
    if (depth > MAX_DEPTH) this.#fail(`nests more than ${MAX_DEPTH} levels deep`);
    const properties = new Map<string, ShortSchema>();
    do {
      this.#skip(/[\s,]*/y);
      const name = this.#skip(/[\p{L}\p{N}_$-]+/uy);
      if (name === "") this.#fail("expects the name of a property");
      if (properties.has(name)) this.#fail(`has the property ${name} twice`);
      this.#skip(/[^\S\n]*/y);
      const type: ShortSchema = this.#peek(/[[{\p{L}]/uy) ? this.#readType(depth) : { type: "string" };
      this.#skip(/[^\S\n]*/y);
      const description = this.#readDescription();
      properties.set(name, description === "" ? type : { ...type, description });
      if (this.#separator === "\n") this.#skip(/[^\S\n]*/y);
    } while (this.#peek(/[,\n]/y) && this.#peek(/[\s,]*[^\s,}]/y));
    this.#skip(/[\s,]*/y);
    return {
      type: "object",
      properties: Object.fromEntries(properties),
      required: [...properties.keys()],
      additionalProperties: false,
    };
  }

  #readType(depth: number): ShortSchema {
    if (depth > MAX_DEPTH) this.#fail(`nests more than ${MAX_DEPTH} levels deep`);
    if (this.#skip(/\[\s*/y) !== "") {
      const items: ShortSchema = this.#peek(/\]/y) ? { type: "string" } : this.#readType(depth + 1);
      if (this.#skip(/\s*\]/y) === "") this.#fail("has a list that is not closed by ]");
      return { type: "array", items };
    }
    if (this.#skip(/\{/y) !== "") {
      const schema = this.readProperties(depth + 1);
      if (this.#skip(/\s*\}/y) === "") this.#fail("has an object that is not closed by }");
      return schema;
    }
    const at = this.#at;
    const word = this.#skip(/\p{L}+/uy);
    const type = TYPES.get(word);
    if (type === undefined) {
      this.#at = at;
      this.#fail(
        `has the unknown type "${printable(word)}"; expected string, int, float, bool, [type] or {properties}`,
      );
    }
    return { type };
  }

  /** Up to the next separator, or the end of the object that is being read. */
  #readDescription(): string {
    if (this.#skip(/:[^\S\n]*/y) === "") return "";
    return this.#skip(this.#separator === "\n" ? /[^\n}]*/y : /[^,}]*/y).trim();
  }

  expectEnd(): void {
    if (this.#at < this.#source.length) this.#fail("expects a comma or the end");
  }

  #peek(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#source);
  }

  /** What the pattern matches here, which is left behind; empty where it does not match. */
  #skip(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #fail(what: string): never {
    const rest = this.#source.slice(this.#at, this.#at + 20);
    const place = rest === "" ? "its end" : `"${printable(rest)}"`;
    throw grammarError(`The short schema ${what}, at ${place} (character ${this.#at + 1}).`);
  }
}
