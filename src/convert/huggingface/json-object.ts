import { LlamaError, printable } from "../../errors.js";
import { readTextFile } from "../../files/text.js";
import { isObject } from "../../json-object.js";

/**
 * An object of a JSON file that is not trusted: every value is looked at before it is used. Absent and null are the
 * same. All methods throw a LlamaError `model` with the file and key where a value is of another type.
 */
export class JsonObject {
  /** How the object is called in messages, safe to be shown. */
  readonly place: string;
  readonly #values: ReadonlyMap<string, unknown>;

  constructor(value: unknown, place: string) {
    if (!isObject(value)) {
      throw new LlamaError("format", `${place} is ${describe(value)}; expected an object.`);
    }
    this.place = place;
    this.#values = new Map(Object.entries(value));
  }

  entries(): Iterable<[string, unknown]> {
    return this.#values;
  }

  get size(): number {
    return this.#values.size;
  }

  /** A value of any type; undefined where it is absent or null. */
  find(key: string): unknown {
    return this.#values.get(key) ?? undefined;
  }

  findString(key: string): string | undefined {
    return this.#findOf(key, "a string", (value) => typeof value === "string");
  }

  findBoolean(key: string): boolean | undefined {
    return this.#findOf(key, "true or false", (value) => typeof value === "boolean");
  }

  findNumber(key: string): number | undefined {
    return this.#findOf(key, "a number", (value) => typeof value === "number" && Number.isFinite(value));
  }

  /** A whole number from 0 to 2^53 - 1. */
  findInteger(key: string): number | undefined {
    return this.#findOf(
      key,
      "a whole number of 0 or more",
      (value) => Number.isSafeInteger(value) && (value as number) >= 0,
    );
  }

  findArray(key: string): readonly unknown[] | undefined {
    return this.#findOf(key, "an array", (value) => Array.isArray(value));
  }

  findObject(key: string): JsonObject | undefined {
    const value = this.find(key);
    return value === undefined ? undefined : new JsonObject(value, `"${printable(key)}" in ${this.place}`);
  }

  getInteger(key: string): number {
    return this.findInteger(key) ?? this.#missing(key, "a whole number of 0 or more");
  }

  getNumber(key: string): number {
    return this.findNumber(key) ?? this.#missing(key, "a number");
  }

  getString(key: string): string {
    return this.findString(key) ?? this.#missing(key, "a string");
  }

  getArray(key: string): readonly unknown[] {
    return this.findArray(key) ?? this.#missing(key, "an array");
  }

  getObject(key: string): JsonObject {
    return this.findObject(key) ?? this.#missing(key, "an object");
  }

  #findOf<T>(key: string, expected: string, accepts: (value: unknown) => boolean): T | undefined {
    const value = this.find(key);
    if (value === undefined || accepts(value)) return value as T | undefined;
    throw new LlamaError("model", `"${printable(key)}" in ${this.place} is ${describe(value)}; expected ${expected}.`);
  }

  #missing(key: string, expected: string): never {
    throw new LlamaError("model", `"${printable(key)}" is missing in ${this.place}; expected ${expected}.`);
  }
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "object") return Array.isArray(value) ? "an array" : "an object";
  return printable(JSON.stringify(value), 32);
}

/**
 * Parses a JSON text.
 * @param place how it is called in messages, safe to be shown
 * @throws LlamaError `format` where it is not valid JSON, or no object
 */
export function parseJsonObject(json: string, place: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new LlamaError("format", `${place} is not valid JSON; download it again.`, { cause });
  }
  return new JsonObject(value, place);
}

/** @throws LlamaError as `readTextFile` and {@link parseJsonObject} */
export function readJsonObject(path: string, place: string, maxBytes: number): JsonObject {
  return parseJsonObject(readTextFile(path, "a JSON file", maxBytes), place);
}
