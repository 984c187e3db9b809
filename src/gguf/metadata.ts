import { LlamaError, printable } from "../errors.js";
import { MAX_ARRAY_DEPTH, MAX_KEY_BYTES, VALUE_TYPES, type ValueTypeName } from "./format.js";
import type { BoundedReader } from "./reader.js";

/** Real metadata is below 16 MiB, most of it the vocabulary; what asks for much more is not a model. */
const MAX_STRING_BYTES = 1 << 20;
const MAX_ARRAY_LENGTH = 1 << 21;
const MAX_METADATA_COUNT = 1 << 16;
const MAX_METADATA_BYTES = 64 << 20;

/** An array of the metadata; numbers come in the typed array of their type. */
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
  | readonly boolean[]
  | readonly string[]
  | readonly MetadataArray[];

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
 * a LlamaError `model` with the key, what was found and what was wanted where the type differs.
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

  /** A text. */
  findString(key: string): string | undefined {
    return this.#findOf(key, "a string", (value) => (typeof value === "string" ? value : undefined));
  }

  /** A text that must be there. */
  getString(key: string): string {
    return this.findString(key) ?? missing(key, "a string");
  }

  /** A truth value. */
  findBoolean(key: string): boolean | undefined {
    return this.#findOf(key, "true or false", (value) => (typeof value === "boolean" ? value : undefined));
  }

  /** A whole number from 0 to 2^53 - 1, of whatever integer type the file has. */
  findInteger(key: string): number | undefined {
    return this.#findOf(key, "a whole number", (value, type) => {
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
    return this.#findOf(key, "a number", (value) => {
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
    return this.#findOf(key, "an array of strings", (value, _type, elementType) =>
      elementType === "string" ? (value as readonly string[]) : undefined,
    );
  }

  /** An array of texts that must be there. */
  getStrings(key: string): readonly string[] {
    return this.findStrings(key) ?? missing(key, "an array of strings");
  }

  /** An array of any numeric type, as float64 (exact below 2^53). */
  findNumbers(key: string): Float64Array | undefined {
    return this.#findOf(key, "an array of numbers", (value) => {
      if (value instanceof BigUint64Array || value instanceof BigInt64Array) {
        return Float64Array.from(value as ArrayLike<bigint>, Number);
      }
      return ArrayBuffer.isView(value) ? Float64Array.from(value as unknown as ArrayLike<number>) : undefined;
    });
  }

  #findOf<T>(
    key: string,
    wanted: string,
    accept: (value: MetadataValue, type: ValueTypeName, elementType?: ValueTypeName) => T | undefined,
  ): T | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const accepted = accept(entry.value, entry.type, entry.elementType);
    if (accepted !== undefined) return accepted;
    throw new LlamaError("model", `Metadata key ${key} is ${describe(entry)}, and ${wanted} was wanted.`);
  }
}

function missing(key: string, wanted: string): never {
  throw new LlamaError("model", `Metadata key ${key} is missing, and ${wanted} was wanted.`);
}

function describe(entry: MetadataEntry): string {
  if (entry.elementType !== undefined) return `an array of ${entry.elementType}`;
  const value = typeof entry.value === "string" ? `"${printable(entry.value, 32)}"` : String(entry.value);
  return `${value} (${entry.type})`;
}

/** Reads the metadata section; the reader stands behind the header. */
export function readMetadata(reader: BoundedReader, count: number): Metadata {
  if (count > MAX_METADATA_COUNT) {
    throw new LlamaError(
      "format",
      `The GGUF file has ${count} metadata keys, and more than ${MAX_METADATA_COUNT} is refused.`,
    );
  }
  const start = reader.position;
  const entries = new Map<string, MetadataEntry>();
  for (let i = 0; i < count; i++) {
    const key = readString(reader, `metadata key ${i}`, MAX_KEY_BYTES);
    if (key === "") throw new LlamaError("format", `The GGUF file is damaged: metadata key ${i} is empty.`);
    const shown = printable(key);
    if (entries.has(key)) {
      throw new LlamaError("format", `The GGUF file is damaged: metadata key ${shown} is there twice.`);
    }
    const type = readValueType(reader, shown);
    entries.set(key, type === "array" ? readArray(reader, shown, 1) : { type, value: readScalar(reader, type, shown) });
    if (reader.position - start > MAX_METADATA_BYTES) {
      throw new LlamaError(
        "format",
        `The GGUF file has more than ${MAX_METADATA_BYTES} bytes of metadata, which is refused.`,
      );
    }
  }
  return new Metadata(entries);
}

/** A length-prefixed UTF-8 string, refused where it is longer than `limit` bytes or not UTF-8. */
export function readString(reader: BoundedReader, what: string, limit: number): string {
  const length = reader.count(`the length of ${what}`, 1, limit);
  const bytes = reader.bytes(length, what);
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new LlamaError("format", `The GGUF file is damaged: ${what} is not UTF-8 text.`, { cause });
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function readValueType(reader: BoundedReader, key: string): ValueTypeName {
  const id = reader.u32(`the type of ${key}`);
  const type = VALUE_TYPES[id];
  if (type === undefined) {
    throw new LlamaError(
      "format",
      `The GGUF file is damaged: metadata key ${key} has value type ${id}, and 0 to 12 are known.`,
    );
  }
  return type.name;
}

function readScalar(reader: BoundedReader, type: ValueTypeName, key: string): number | bigint | boolean | string {
  if (type === "string") return readString(reader, `the value of ${key}`, MAX_STRING_BYTES);
  if (type === "bool") {
    const byte = reader.u8(key);
    if (byte > 1) {
      throw new LlamaError(
        "format",
        `The GGUF file is damaged: metadata key ${key} is the boolean ${byte}, and 0 or 1 was wanted.`,
      );
    }
    return byte === 1;
  }
  if (type === "array") throw new TypeError("arrays are read by readArray");
  return reader[type](key);
}

function readArray(reader: BoundedReader, key: string, depth: number): MetadataEntry & { value: MetadataArray } {
  if (depth > MAX_ARRAY_DEPTH) {
    throw new LlamaError(
      "format",
      `Metadata key ${key} nests arrays more than ${MAX_ARRAY_DEPTH} deep, which is refused.`,
    );
  }
  const elementType = readValueType(reader, key);
  const unit = VALUE_TYPES.find((type) => type.name === elementType)?.bytes ?? 0;
  const smallest = elementType === "string" ? 8 : elementType === "array" ? 12 : unit;
  const length = reader.count(`the length of array ${key}`, smallest, MAX_ARRAY_LENGTH);
  const type = "array";
  if (elementType === "array") {
    return { type, elementType, value: Array.from({ length }, () => readArray(reader, key, depth + 1).value) };
  }
  if (elementType === "string" || elementType === "bool") {
    const value: (string | boolean)[] = [];
    for (let i = 0; i < length; i++) value.push(readScalar(reader, elementType, key) as string | boolean);
    return { type, elementType, value: value as string[] | boolean[] };
  }
  const buffer = reader.bytes(length * unit, key).buffer;
  return { type, elementType, value: new TYPED_ARRAYS[elementType](buffer) };
}

/** GGUF is little-endian, and so is every machine that Node runs on with WebAssembly. */
const TYPED_ARRAYS = {
  u8: Uint8Array,
  i8: Int8Array,
  u16: Uint16Array,
  i16: Int16Array,
  u32: Uint32Array,
  i32: Int32Array,
  f32: Float32Array,
  f64: Float64Array,
  u64: BigUint64Array,
  i64: BigInt64Array,
} as const;
