import { AtomicFile } from "../files/atomic-file.js";
import type { WriteOptions } from "../files/destination.js";
import {
  DEFAULT_ALIGNMENT,
  GGUF_MAGIC,
  type TensorType,
  tensorBytes,
  VALUE_TYPES,
  type ValueTypeName,
} from "./format.js";
import type { MetadataEntry } from "./metadata.js";
import { TextArrayEntry, TextEntry } from "./text-entries.js";

/** A tensor to write: its data is the values of `dims` in `type`, laid out as in the file. */
export interface TensorToWrite {
  readonly name: string;
  readonly type: TensorType;
  /** Row length first, as in the file. */
  readonly dims: readonly number[];
  /** The bytes, or a function that makes them when their turn comes, so that one tensor at a time is in memory. */
  readonly data: Uint8Array | (() => Uint8Array);
}

/** What stands before the tensor data. */
export interface GgufHead {
  readonly metadata: Iterable<readonly [string, MetadataEntry]>;
  readonly tensors: readonly Omit<TensorToWrite, "data">[];
}

/** A whole file. */
export interface GgufContents extends GgufHead {
  readonly tensors: readonly TensorToWrite[];
}

/**
 * Writes a GGUF file of version 3 with the default alignment, whole or not at all.
 * @throws LlamaError `exists` where a file is there and `force` is not set; `unwritable`
 */
export function writeGguf(path: string, contents: GgufContents, options: WriteOptions = {}): void {
  const file = new AtomicFile(path, options);
  try {
    file.write(encodeHead(contents));
    for (const tensor of contents.tensors) file.write(padded(dataOf(tensor)));
    file.commit();
  } finally {
    file.discard();
  }
}

/** The header, metadata and tensor table, padded to where the tensor data begins. */
export function encodeHead({ metadata, tensors }: GgufHead): Uint8Array {
  const entries = [...metadata];
  const head = new ByteSink();
  head.u32(GGUF_MAGIC);
  head.u32(3);
  head.u64(tensors.length);
  head.u64(entries.length);
  for (const [key, entry] of entries) {
    head.string(key);
    head.u32(valueTypeId(entry.type));
    head.value(entry);
  }
  let offset = 0;
  for (const { name, dims, type } of tensors) {
    head.string(name);
    head.u32(dims.length);
    for (const dim of dims) head.u64(dim);
    head.u32(type.id);
    head.u64(offset);
    offset += aligned(tensorBytes(type, product(dims)));
  }
  return padded(head.toBytes());
}

function dataOf({ name, type, dims, data }: TensorToWrite): Uint8Array {
  const bytes = typeof data === "function" ? data() : data;
  const expected = tensorBytes(type, product(dims));
  if (bytes.length !== expected) {
    throw new RangeError(`tensor ${name} has ${bytes.length} bytes of data; expected ${expected}`);
  }
  return bytes;
}

function product(dims: readonly number[]): number {
  return dims.reduce((total, dim) => total * dim, 1);
}

function aligned(length: number): number {
  return Math.ceil(length / DEFAULT_ALIGNMENT) * DEFAULT_ALIGNMENT;
}

/** With zeros up to the next multiple of the alignment, as every tensor is stored. */
export function padded(bytes: Uint8Array): Uint8Array {
  if (bytes.length % DEFAULT_ALIGNMENT === 0) return bytes;
  const result = new Uint8Array(aligned(bytes.length));
  result.set(bytes);
  return result;
}

function valueTypeId(name: ValueTypeName): number {
  return VALUE_TYPES.findIndex((type) => type.name === name);
}

/** A value that is not an array. */
type Element = number | bigint | boolean | string;

/** Growing little-endian bytes. */
class ByteSink {
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  u32(value: number): void {
    this.#scalar("u32", value);
  }

  u64(value: number | bigint): void {
    this.#scalar("u64", value);
  }

  string(text: string): void {
    this.#text(new TextEncoder().encode(text));
  }

  /** Texts of another file are written as its bytes, damaged ones too. */
  value(entry: MetadataEntry): void {
    if (entry instanceof TextEntry) this.#text(entry.bytes);
    else if (entry instanceof TextArrayEntry) {
      this.#arrayHead("string", entry.length);
      this.#put(entry.bytes);
    } else if (entry.type === "array") this.#array(entry.elementType, entry.value as ArrayLike<Element>);
    else this.#element(entry.type, entry.value as Element);
  }

  #element(type: Exclude<ValueTypeName, "array">, value: Element): void {
    if (type === "string") this.string(value as string);
    else this.#scalar(type, value as number | bigint | boolean);
  }

  #text(bytes: Uint8Array): void {
    this.u64(bytes.length);
    this.#put(bytes);
  }

  #put(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
  }

  #scalar(type: Exclude<ValueTypeName, "array" | "string">, value: number | bigint | boolean): void {
    const bytes = VALUE_TYPES[valueTypeId(type)]?.bytes ?? 0;
    const at = this.#grow(bytes);
    const write: Record<typeof type, (view: DataView) => void> = {
      u8: (view) => view.setUint8(at, Number(value)),
      i8: (view) => view.setInt8(at, Number(value)),
      u16: (view) => view.setUint16(at, Number(value), true),
      i16: (view) => view.setInt16(at, Number(value), true),
      u32: (view) => view.setUint32(at, Number(value), true),
      i32: (view) => view.setInt32(at, Number(value), true),
      f32: (view) => view.setFloat32(at, Number(value), true),
      f64: (view) => view.setFloat64(at, Number(value), true),
      bool: (view) => view.setUint8(at, Number(value)),
      u64: (view) => view.setBigUint64(at, BigInt(value), true),
      i64: (view) => view.setBigInt64(at, BigInt(value), true),
    };
    write[type](this.#view);
  }

  #array(elementType: ValueTypeName | undefined, values: ArrayLike<Element>): void {
    if (elementType === undefined || elementType === "array") {
      throw new TypeError("arrays to write need an element type that is not an array");
    }
    this.#arrayHead(elementType, values.length);
    for (let i = 0; i < values.length; i++) this.#element(elementType, values[i] as Element);
  }

  #arrayHead(elementType: ValueTypeName, length: number): void {
    this.u32(valueTypeId(elementType));
    this.u64(length);
  }

  /** Makes room for `length` bytes and returns where they go. */
  #grow(length: number): number {
    const at = this.#length;
    this.#length += length;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}
