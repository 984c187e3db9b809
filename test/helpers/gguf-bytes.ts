/** Pieces of GGUF files, byte by byte, for files that no writer would write. */
export function u8(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}

export function u32(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

export function u64(...values: (number | bigint)[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values, (value) => BigInt.asUintN(64, BigInt(value))).buffer);
}

export function f32(value: number): Uint8Array {
  return new Uint8Array(Float32Array.of(value).buffer);
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A length-prefixed string. */
export function string(text: string | Uint8Array): Uint8Array {
  const encoded = typeof text === "string" ? bytes(text) : text;
  return join(u64(encoded.length), encoded);
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

export interface Counts {
  readonly version?: number;
  readonly tensors?: number | bigint;
  readonly metadata?: number | bigint;
}

export function header({ version = 3, tensors = 0, metadata = 0 }: Counts = {}): Uint8Array {
  return join(bytes("GGUF"), u32(version), u64(tensors, metadata));
}

/** A metadata pair: key, type id and the bytes of its value. */
export function pair(key: string, type: number, value: Uint8Array): Uint8Array {
  return join(string(key), u32(type), value);
}

/** An entry of the tensor table. */
export function tensor(
  name: string | Uint8Array,
  dims: readonly (number | bigint)[],
  type: number,
  offset: number | bigint,
): Uint8Array {
  return join(string(name), u32(dims.length), u64(...dims), u32(type), u64(offset));
}

/** Zeros up to the next multiple of 32, and `length` more of them as tensor data. */
export function withData(head: Uint8Array, length: number): Uint8Array {
  const result = new Uint8Array(Math.ceil(head.length / 32) * 32 + length);
  result.set(head);
  return result;
}
