/** A JSON object. */
type JsonObject = Record<string, unknown>;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * An instance with its properties in the order in which the schema's text first names them, as an answer has them:
 * names of `properties`, through references and combined schemas. Properties that are not named come last, as they
 * stood.
 */
export function inSchemaOrder(root: unknown, instance: unknown): unknown {
  return new Sorter(root).sort([root], instance);
}

class Sorter {
  readonly #root: unknown;

  constructor(root: unknown) {
    this.#root = root;
  }

  sort(schemas: readonly unknown[], value: unknown): unknown {
    const found = new Map<string, unknown[]>();
    for (const schema of schemas) this.#collect(schema, found, 0);
    const below = (key: string) => found.get(key) ?? [];
    if (Array.isArray(value)) {
      return value.map((item, i) => {
        const lists = below("#list").map((list) => (list as unknown[])[i]);
        return this.sort([...below("#items"), ...lists], item);
      });
    }
    if (!isObject(value)) return value;
    const names = [...found.keys()].filter((key) => !key.startsWith("#"));
    const rank = (key: string) => (names.includes(`.${key}`) ? names.indexOf(`.${key}`) : names.length);
    const keys = Object.keys(value).sort((a, b) => rank(a) - rank(b));
    return Object.fromEntries(keys.map((key) => [key, this.sort(this.#schemasOf(key, found), value[key])]));
  }

  #schemasOf(key: string, found: ReadonlyMap<string, unknown[]>): unknown[] {
    const patterns = (found.get("#patterns") ?? []) as [string, unknown][];
    const own = [
      ...(found.get(`.${key}`) ?? []),
      ...patterns.filter(([source]) => new RegExp(source, "u").test(key)).map(([, schema]) => schema),
    ];
    return own.length > 0 ? own : (found.get("#others") ?? []);
  }

  #collect(schema: unknown, found: Map<string, unknown[]>, depth: number): void {
    if (!isObject(schema) || depth > 12) return;
    const add = (key: string, ...values: unknown[]) => found.set(key, [...(found.get(key) ?? []), ...values]);
    for (const [keyword, value] of Object.entries(schema)) {
      if (keyword === "properties" && isObject(value))
        for (const name of Object.keys(value)) add(`.${name}`, value[name]);
      if (keyword === "patternProperties" && isObject(value)) add("#patterns", ...Object.entries(value));
      if (keyword === "additionalProperties") add("#others", value);
      if (keyword === "items" || keyword === "prefixItems") add(Array.isArray(value) ? "#list" : "#items", value);
      if (["allOf", "anyOf", "oneOf"].includes(keyword)) {
        for (const part of value as unknown[]) this.#collect(part, found, depth + 1);
      }
      if (["if", "then", "else"].includes(keyword)) this.#collect(value, found, depth + 1);
      if (keyword === "$ref" && typeof value === "string" && /^#(\/|$)/.test(value)) {
        this.#collect(this.#follow(value), found, depth + 1);
      }
      const values = keyword === "enum" ? (value as unknown[]) : keyword === "const" ? [value] : [];
      for (const fixed of values) if (isObject(fixed)) for (const name of Object.keys(fixed)) add(`.${name}`);
    }
  }

  #follow(reference: string): unknown {
    let value = this.#root;
    for (const part of reference.split("/").slice(1)) {
      const key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
      value = isObject(value) || Array.isArray(value) ? (value as JsonObject)[key] : undefined;
    }
    return value;
  }
}
