import { LlamaError, printable } from "../errors.js";
import { MAX_KEY_BYTES, VALUE_TYPES, type ValueTypeName } from "./format.js";
import { Metadata, type MetadataEntry } from "./metadata.js";
import type { BoundedReader } from "./reader.js";
import { TextArrayEntry, TextEntry } from "./text-entries.js";

/**
 * What metadata may ask for. Real files have some tens of keys and 16 MiB at most, nearly all of it the vocabulary and
 * sometimes a whole tokenizer.json. Objects are bounded as well as bytes: a string of no bytes takes 8 in the file
 * and several times that in memory.
 */
const MAX_KEYS = 1 << 14;
const MAX_BYTES = 64 << 20;
/** Elements of all arrays together; the largest vocabularies have a million and a half, with scores and merges. */
const MAX_ARRAY_ELEMENTS = 1 << 22;
const MAX_ARRAY_STRINGS = 1 << 21;
const MAX_ARRAY_STRING_BYTES = 1 << 20;

/** Reads the metadata section; the reader stands behind the header. */
export function readMetadata(reader: BoundedReader, count: number): Metadata {
  if (count > MAX_KEYS) throw refused(`it has ${count} metadata keys, and the limit is ${MAX_KEYS}`);
  return new MetadataReader(reader).read(count);
}

class MetadataReader {
  readonly #reader: BoundedReader;
  readonly #start: number;
  #arrayElements = 0;
  #arrayStrings = 0;

  constructor(reader: BoundedReader) {
    this.#reader = reader;
    this.#start = reader.position;
  }

  read(count: number): Metadata {
    const entries = new Map<string, MetadataEntry>();
    for (let i = 0; i < count; i++) {
      const key = this.#reader.string(`metadata key ${i}`, MAX_KEY_BYTES);
      const shown = printable(key);
      if (key === "") throw damaged(`metadata key ${i} is empty`);
      if (entries.has(key)) throw damaged(`metadata key ${shown} is there twice`);
      entries.set(key, this.#readEntry(shown));
      this.#requireRoom(0);
    }
    return new Metadata(entries);
  }

  #readEntry(key: string): MetadataEntry {
    const type = this.#readType(key);
    if (type === "array") return this.#readArray(key);
    if (type === "string") return new TextEntry(this.#bytes(key, this.#reader.length(`the value of ${key}`)));
    if (type !== "bool") return { type, value: this.#reader[type](key) };
    return { type, value: this.#reader.boolean(`metadata key ${key}`) };
  }

  #readType(key: string): ValueTypeName {
    const id = this.#reader.u32(`the type of ${key}`);
    const type = VALUE_TYPES[id];
    if (type !== undefined) return type.name;
    throw damaged(`metadata key ${key} has value type ${id}, and 0 to 12 are known`);
  }

  #readArray(key: string): MetadataEntry {
    const elementType = this.#readType(key);
    if (elementType === "array") {
      throw refused(`metadata key ${key} has arrays within an array, which no program reads`);
    }
    const unit = elementType === "string" ? 8 : bytesOf(elementType);
    const length = this.#reader.count(`the length of array ${key}`, unit, MAX_ARRAY_ELEMENTS);
    this.#arrayElements += length;
    if (this.#arrayElements > MAX_ARRAY_ELEMENTS) {
      throw refused(`the arrays of its metadata have more than ${MAX_ARRAY_ELEMENTS} values`);
    }
    if (elementType === "string") return this.#readTexts(key, length);
    const bytes = this.#bytes(key, length * unit);
    if (elementType === "bool") requireBooleans(bytes, key);
    return { type: "array", elementType, value: new TYPED_ARRAYS[elementType](bytes.buffer) };
  }

  #readTexts(key: string, length: number): MetadataEntry {
    this.#arrayStrings += length;
    if (this.#arrayStrings > MAX_ARRAY_STRINGS) {
      throw refused(`the arrays of its metadata have more than ${MAX_ARRAY_STRINGS} strings`);
    }
    const what = `a value of ${key}`;
    const start = this.#reader.position;
    for (let i = 0; i < length; i++) {
      this.#reader.skipString(what, MAX_ARRAY_STRING_BYTES);
      this.#requireRoom(0);
    }
    const end = this.#reader.position;
    return new TextArrayEntry(this.#reader.bytesBetween(start, end, key), length);
  }

  #bytes(key: string, length: number): Uint8Array<ArrayBuffer> {
    this.#requireRoom(length);
    return this.#reader.bytes(length, `the value of ${key}`);
  }

  /** Before memory is taken for the bytes that come next. */
  #requireRoom(bytes: number): void {
    if (this.#reader.position + bytes - this.#start <= MAX_BYTES) return;
    throw refused(`it has more than ${MAX_BYTES} bytes of metadata`);
  }
}

function bytesOf(name: ValueTypeName): number {
  return VALUE_TYPES.find((type) => type.name === name)?.bytes ?? 0;
}

function requireBooleans(bytes: Uint8Array, key: string): void {
  for (const byte of bytes) {
    if (byte > 1) throw damaged(`metadata key ${key} has the boolean ${byte}; expected 0 or 1`);
  }
}

function refused(what: string): LlamaError {
  return new LlamaError("format", `The GGUF file is refused: ${what}.`);
}

function damaged(what: string): LlamaError {
  return new LlamaError("format", `The GGUF file is damaged: ${what}.`);
}

/** GGUF is little-endian, and so is every machine that runs WebAssembly at a useful speed. */
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
  bool: Uint8Array,
} as const;
