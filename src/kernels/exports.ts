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
  /** call: the address of an {@link AttentionCall} in memory; attention.ts writes it */
  attention(call: number): void;
  /** Bytes of such a call with its scratch */
  attentionBytes(headSize: number): number;
  store_f32: StoreKernel;
  store_f16: StoreKernel;
  store_q8_0: StoreKernel;
  /** gate (n,) = silu(gate) * up (n,), f32 */
  swiglu(gate: number, up: number, n: number): void;
  /** x (n,) += y (n,), f32 */
  add(x: number, y: number, n: number): void;
  /** x (n,) f32 -> out, int8 blocks with scales and sums ({@link q8RowBytes} bytes) */
  quantize_q8(x: number, out: number, n: number): void;
  /** Bytes of scratch memory that products want */
  tileBytes(): number;
  /** Reads `streams` stretches of `bytes` each (a multiple of 64) side by side -> their sum; measures memory */
  read_streams(from: number, streams: number, bytes: number): number;
  /** Returns once `count` threads have called it; words (3,) u32 */
  barrier(words: number, count: number): void;
  /** Returns the number of the next job, the u32 at `word`, once it differs from `seen` */
  nextJob(word: number, seen: number, sleepers: number): number;
}

/** How `attention` is told the types of a KV cache; assembly/kv-cache.ts has the same numbers. */
export const CACHE_TYPE_NUMBERS = { f32: 0, f16: 1, q8_0: 2 } as const;

/** source (n,) f32 -> target (n,) */
export type StoreKernel = (source: number, target: number, n: number) => void;

/**
 * The kernels of one weight format; x is f32 or q8, as the format's `activation` says. W is as {@link isPacked} says:
 * packed in groups of eight rows, or row by row as in the file.
 */
export interface FormatKernels {
  /** source (n,), as in the file -> target (n,) f32 */
  dequantize(source: number, target: number, n: number): void;
  /** out[from..to) = W[from..to) @ x; W (rows, n), x (n,), out (rows,) f32; `scratch` as for `matmul` */
  matvec(w: number, x: number, out: number, from: number, to: number, n: number, scratch: number): void;
  /**
   * out[:, from..to) = W[from..to) @ X; X (tokens, n), out (tokens, rows) f32, tokens of out `outStride` bytes apart;
   * `scratch` has {@link Kernels.tileBytes} bytes
   */
  matmul(
    w: number,
    x: number,
    out: number,
    from: number,
    to: number,
    n: number,
    tokens: number,
    outStride: number,
    scratch: number,
  ): void;
}

/** What the formats have besides whose weights are packed; assembly/formats/interleave.ts says how. */
export interface PackedKernels extends FormatKernels {
  /**
   * `rows` rows of n values, as in the file -> target, whole groups of {@link GROUP_ROWS}: the last row fills the last.
   * Returns 0 where a scale is infinite or NaN: products take such a scale for a number.
   */
  repack(source: number, target: number, rows: number, n: number): number;
  /** One row of packed W -> target, as in the file */
  unpack(w: number, row: number, target: number, n: number): void;
}

/** Rows that are packed together. */
export const GROUP_ROWS = 8;

const PACKED_TYPES: ReadonlySet<string> = new Set(["Q4_0", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"]);

/** Whether matrices of this type are packed when they are loaded. */
export function isPacked(type: TensorType): boolean {
  return PACKED_TYPES.has(type.name);
}

/** Finds a format's kernels by its name: `Q4_0` -> `q4_0_matvec` and so on. */
export function formatKernels(kernels: Kernels, type: TensorType): FormatKernels {
  return kernelsNamed(kernels, type, ["dequantize", "matvec", "matmul"]);
}

/** The kernels of a format that {@link isPacked}. */
export function packedKernels(kernels: Kernels, type: TensorType): PackedKernels {
  return kernelsNamed(kernels, type, ["dequantize", "matvec", "matmul", "repack", "unpack"]);
}

function kernelsNamed<Name extends keyof PackedKernels>(
  kernels: Kernels,
  type: TensorType,
  names: readonly Name[],
): Pick<PackedKernels, Name> {
  const exports = kernels as unknown as Record<string, unknown>;
  const found = names.map((name) => {
    const fullName = `${type.name.toLowerCase()}_${name}`;
    const kernel = exports[fullName];
    if (typeof kernel !== "function") throw new TypeError(`the kernels have no ${fullName}`);
    return [name, kernel] as const;
  });
  return Object.fromEntries(found) as Pick<PackedKernels, Name>;
}

/**
 * Bytes of n activations in `q8` form: for each 32 of them i8 values, an f32 scale and their sums; and some that keep
 * rows apart. assembly/quantize.ts draws the layout.
 */
export function q8RowBytes(n: number): number {
  return n + n / 2 + 64;
}
