import { LlamaError, printable } from "../errors.js";
import type { ValueTypeName } from "./format.js";
import { TextArrayEntry, TextEntry } from "./text-entries.js";

/** An array of the metadata; numbers come in the typed array of their type, booleans as bytes of 0 and 1. */
export type MetadataArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigUint64Array
  | BigInt64Array
  | readonly string[];

/** A value of the metadata; 64-bit integers are bigints. */
export type MetadataValue = number | bigint | boolean | string | MetadataArray;

/** One value with its type in the file; of an array, `elementType` too. */
export interface MetadataEntry {
  readonly type: ValueTypeName;
  readonly elementType?: ValueTypeName;
  readonly value: MetadataValue;
}

/**
 * The key-value pairs of a GGUF file. `find…` gives undefined where the key is absent, `get…` throws; both throw
 * a LlamaError `model` with the key, what was found and what was expected where the type differs.
 */
export class Metadata implements Iterable<[string, MetadataEntry]> {
  readonly #entries: ReadonlyMap<string, MetadataEntry>;

  constructor(entries: ReadonlyMap<string, MetadataEntry>) {
    this.#entries = entries;
  }

  /** How many keys there are. */
  get size(): number {
    return this.#entries.size;
  }

  /** Keys and entries in the order of the file. */
  [Symbol.iterator](): Iterator<[string, MetadataEntry]> {
    return this.#entries[Symbol.iterator]();
  }

  /** Whether the key is there, of whatever type. */
  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** A value of any type, with its type. */
  find(key: string): MetadataEntry | undefined {
    return this.#entries.get(key);
  }

  /** A text of 1 MiB at most. */
  findString(key: string): string | undefined {
    return this.#findOf(key, "a string", (entry) =>
      entry instanceof TextEntry
        ? entry.read(printable(key))
        : typeof entry.value === "string"
          ? entry.value
          : undefined,
    );
  }

  /** A text that must be there. */
  getString(key: string): string {
    return this.findString(key) ?? missing(key, "a string");
  }

  /** A truth value. */
  findBoolean(key: string): boolean | undefined {
    return this.#findOf(key, "true or false", ({ value }) => (typeof value === "boolean" ? value : undefined));
  }

  /** A whole number from 0 to 2^53 - 1, of whatever integer type the file has. */
  findInteger(key: string): number | undefined {
    return this.#findOf(key, "a whole number", ({ value, type }) => {
      if (type === "f32" || type === "f64") return undefined;
      if (typeof value !== "number" && typeof value !== "bigint") return undefined;
      const number = Number(value);
      return number >= 0 && Number.isSafeInteger(number) ? number : undefined;
    });
  }

  /** A whole number that must be there. */
  getInteger(key: string): number {
    return this.findInteger(key) ?? missing(key, "a whole number");
  }

  /** A finite number of any numeric type. */
  findNumber(key: string): number | undefined {
    return this.#findOf(key, "a number", ({ value }) => {
      if (typeof value !== "number" && typeof value !== "bigint") return undefined;
      const number = Number(value);
      return Number.isFinite(number) ? number : undefined;
    });
  }

  /** A finite number that must be there. */
  getNumber(key: string): number {
    return this.findNumber(key) ?? missing(key, "a number");
  }

  /** An array of texts. */
  findStrings(key: string): readonly string[] | undefined {
    return this.#findOf(key, "an array of strings", (entry) => {
      if (entry instanceof TextArrayEntry) return entry.read(printable(key));
      return entry.elementType === "string" ? (entry.value as readonly string[]) : undefined;
    });
  }

  /** An array of texts that must be there. */
  getStrings(key: string): readonly string[] {
    return this.findStrings(key) ?? missing(key, "an array of strings");
  }

  /** An array of any numeric type, as float64 (exact below 2^53). */
  findNumbers(key: string): Float64Array | undefined {
    return this.#findOf(key, "an array of numbers", ({ value, elementType }) => {
      if (elementType === "bool") return undefined;
      if (value instanceof BigUint64Array || value instanceof BigInt64Array) {
        return Float64Array.from(value as ArrayLike<bigint>, Number);
      }
      return ArrayBuffer.isView(value) ? Float64Array.from(value as unknown as ArrayLike<number>) : undefined;
    });
  }

  #findOf<T>(key: string, expected: string, accept: (entry: MetadataEntry) => T | undefined): T | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const accepted = accept(entry);
    if (accepted !== undefined) return accepted;
    throw new LlamaError("model", `Metadata key ${printable(key)} is ${describe(entry)}; expected ${expected}.`);
  }
}

function missing(key: string, expected: string): never {
  throw new LlamaError("model", `Metadata key ${printable(key)} is missing; expected ${expected}.`);
}

function describe(entry: MetadataEntry): string {
  if (entry.elementType !== undefined) return `an array of ${entry.elementType}`;
  const value = typeof entry.value === "string" ? `"${printable(entry.value, 32)}"` : String(entry.value);
  return `${value} (${entry.type})`;
}
