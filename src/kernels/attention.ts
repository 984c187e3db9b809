import { constantOf, type Kernels } from "./exports.js";

/**
 * What attention is about; assembly/attention/call.ts says the same of each field, and alone knows where it lies in
 * memory. Shapes are of f32 but for those of the cache.
 */
export interface AttentionCall {
  /** The address of (tokens, heads, headSize), tokens `tokenStride` bytes apart, of heads that share one KV head */
  readonly queries: number;
  /** The addresses of that KV head's rows in the cache: position p is row p % `rows` */
  readonly keys: number;
  readonly values: number;
  /** The address of what comes out, in the shape of the queries */
  readonly out: number;
  readonly tokens: number;
  readonly tokenStride: number;
  readonly heads: number;
  readonly headSize: number;
  /** Of the first token; those behind it have the next ones */
  readonly position: number;
  /** Positions that a token sees at most: its own and those right before it; {@link NO_WINDOW} for all of them */
  readonly window: number;
  /**
   * Rows of the cache. Where they are fewer than the positions, the oldest are written over: they are a multiple of 32,
   * and at least window + tokens - 1.
   */
  readonly rows: number;
  /** What scores are multiplied with */
  readonly scale: number;
  /** By `cacheFormat(…).number` */
  readonly keyType: number;
  readonly valueType: number;
}

export const NO_WINDOW = 0xffffffff;

type Field = keyof AttentionCall;

/** The fields by the type that each has in memory. The compiler wants every one. */
const FIELD_TYPES: Readonly<Record<Field, "u32" | "f32">> = {
  queries: "u32",
  keys: "u32",
  values: "u32",
  out: "u32",
  tokens: "u32",
  tokenStride: "u32",
  heads: "u32",
  headSize: "u32",
  position: "u32",
  window: "u32",
  rows: "u32",
  scale: "f32",
  keyType: "u32",
  valueType: "u32",
};
const FIELDS = Object.keys(FIELD_TYPES) as Field[];
const FIELD_BYTES = 4;

/** Attention with a call and scratch in memory of its own; for one thread. */
export class Attention {
  readonly #kernels: Kernels;
  readonly #address: number;
  readonly #words: Uint32Array;
  readonly #floats: Float32Array;
  /** Where each field is, in words. */
  readonly #fields: readonly (readonly [field: Field, word: number])[];

  /** @param address where `kernels.attentionBytes(headSize)` bytes are free, for the largest head size of any call */
  constructor(kernels: Kernels, memory: WebAssembly.Memory, address: number) {
    this.#kernels = kernels;
    this.#address = address;
    const { size, offsets } = layoutOf(kernels);
    this.#words = new Uint32Array(memory.buffer, address, size / FIELD_BYTES);
    this.#floats = new Float32Array(memory.buffer, address, size / FIELD_BYTES);
    this.#fields = offsets.map(([field, offset]) => [field, offset / FIELD_BYTES]);
  }

  run(call: AttentionCall): void {
    for (const [field, word] of this.#fields) {
      const array = FIELD_TYPES[field] === "f32" ? this.#floats : this.#words;
      array[word] = call[field];
    }
    this.#kernels.attention(this.#address);
  }
}

/** Asks the kernels where the fields are. */
function layoutOf(kernels: Kernels) {
  const offsets = FIELDS.map((field) => [field, constantOf(kernels, `attention_${field}`)] as const);
  const size = constantOf(kernels, "attention_size");
  if (size !== FIELDS.length * FIELD_BYTES)
    throw new TypeError("the kernels know fields of attention that are not set");
  return { size, offsets };
}
