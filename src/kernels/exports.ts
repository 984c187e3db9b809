import type { TensorType } from "../gguf/format.js";

/**
 * The compiled kernels as TypeScript sees them; assembly/index.ts is the other side. Every `…Address` is a byte
 * address in the memory that the kernels were instantiated with. Addresses from 2 GiB on come back from
 * WebAssembly as negative numbers: apply `>>> 0` to results; arguments may be either.
 */
export interface Kernels {
  /** The first address that the module's own constants leave free. */
  heapBase(): number;
  /** x (n,) -> out (n,), weight (n,), all f32 */
  rmsnorm(x: number, weight: number, out: number, n: number, epsilon: number): void;
  /** x (heads, headSize) f32 in place; table (headSize / 2, 2) f32 of cos and sin */
  rope(x: number, table: number, heads: number, headSize: number): void;
  /** By the types of keys and values. */
  attention_f32_f32: AttentionKernel;
  attention_f32_f16: AttentionKernel;
  attention_f16_f32: AttentionKernel;
  attention_f16_f16: AttentionKernel;
  store_f32: StoreKernel;
  store_f16: StoreKernel;
  /** gate (n,) = silu(gate) * up (n,), f32 */
  swiglu(gate: number, up: number, n: number): void;
  /** x (n,) += y (n,), f32 */
  add(x: number, y: number, n: number): void;
  /** x (n,) f32 -> out, int8 blocks with scales and sums ({@link q8RowBytes} bytes) */
  quantize_q8(x: number, out: number, n: number): void;
  /** Reads `streams` stretches of `bytes` each (a multiple of 64) side by side -> their sum; measures memory */
  read_streams(from: number, streams: number, bytes: number): number;
  /** Returns once `count` threads have called it; words (3,) u32 */
  barrier(words: number, count: number): void;
  /** Returns the number of the next job, the u32 at `word`, once it differs from `seen` */
  nextJob(word: number, seen: number, sleepers: number): number;
}

/** q (group, headSize) f32, keys and values (length, headSize), scores (length,) f32 -> out (group, headSize) f32 */
export type AttentionKernel = (
  q: number,
  keys: number,
  values: number,
  scores: number,
  out: number,
  group: number,
  headSize: number,
  length: number,
  scale: number,
) => void;

/** source (n,) f32 -> target (n,) */
export type StoreKernel = (source: number, target: number, n: number) => void;

/** The kernels of one weight format; x is f32 or q8, as the format's `activation` says. */
export interface FormatKernels {
  /** source (n,) -> target (n,) f32 */
  dequantize(source: number, target: number, n: number): void;
  /** W (rows, n) @ x (n,) -> out (rows,) f32 */
  matvec(w: number, x: number, out: number, rows: number, n: number): void;
  /** W (rows, n) @ X (tokens, n) -> out (tokens, rows) f32, tokens of out `outStride` bytes apart */
  matmul(w: number, x: number, out: number, rows: number, n: number, tokens: number, outStride: number): void;
}

/** Finds a format's kernels by its name: `Q4_0` -> `q4_0_matvec` and so on. */
export function formatKernels(kernels: Kernels, type: TensorType): FormatKernels {
  const exports = kernels as unknown as Record<string, unknown>;
  const prefix = type.name.toLowerCase();
  const find = (name: string) => {
    const kernel = exports[`${prefix}_${name}`];
    if (typeof kernel !== "function") throw new TypeError(`the kernels have no ${prefix}_${name}`);
    return kernel;
  };
  return { dequantize: find("dequantize"), matvec: find("matvec"), matmul: find("matmul") } as unknown as FormatKernels;
}

/**
 * Bytes of n activations in `q8` form: i8 values, an f32 scale and sum for each 32 of them, and an f32 sum for each
 * 16. assembly/quantize.ts draws the layout.
 */
export function q8RowBytes(n: number): number {
  return n + n / 2;
}
