/**
 * The compiled kernels as TypeScript sees them; assembly/index.ts is the other side. Every `…Address` is a byte address
 * in the memory that the kernels were instantiated with. Addresses from 2 GiB on come back from WebAssembly as negative
 * numbers: apply `>>> 0` to results; arguments may be either. The kernels of weight formats are in formats.ts.
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
  /** Bytes of a row of n values in a KV cache; cache-types.ts knows the numbers of its types */
  cacheRowBytes(type: number, n: number): number;
  /** source (n,) f32 -> target, a row of a KV cache */
  store_f32(source: number, target: number, n: number): void;
  store_i16(source: number, target: number, n: number): void;
  store_q8_0(source: number, target: number, n: number): void;
  /** gate (n,) = silu(gate) * up (n,), f32 */
  swiglu(gate: number, up: number, n: number): void;
  /** x (n,) += y (n,), f32 */
  add(x: number, y: number, n: number): void;
  /** x (n,) += scale * y (n,), f32 */
  add_scaled(x: number, y: number, scale: number, n: number): void;
  /** out[from..to) += scale * B[from..to) @ x; B (rows, rank) of the type, x (rank,) f32, out (rows,) f32 */
  add_low_rank_f32(b: number, x: number, out: number, from: number, to: number, rank: number, scale: number): void;
  add_low_rank_f16(b: number, x: number, out: number, from: number, to: number, rank: number, scale: number): void;
  add_low_rank_bf16(b: number, x: number, out: number, from: number, to: number, rank: number, scale: number): void;
  /** Bytes of n activations in `q8` form; assembly/activations/q8.ts draws the layout */
  q8RowBytes(n: number): number;
  /** x (n,) f32 -> out, int8 blocks with scales and sums ({@link q8RowBytes} bytes) */
  quantize_q8(x: number, out: number, n: number): void;
  /** Rows that are packed together */
  groupRows(): number;
  /** Bytes of scratch memory that products want */
  matmulBytes(): number;
  /** Reads `streams` stretches of `bytes` each (a multiple of 64) side by side -> their sum; measures memory */
  read_streams(from: number, streams: number, bytes: number): number;
  /** Returns once `count` threads have called it; words (3,) u32 */
  barrier(words: number, count: number): void;
  /** Returns the number of the next job, the u32 at `word`, once it differs from `seen` */
  nextJob(word: number, seen: number, sleepers: number): number;
}

/** A number that the kernels export by name. */
export function constantOf(kernels: Kernels, name: string): number {
  const found = (kernels as unknown as Record<string, { readonly value: number } | undefined>)[name];
  if (found === undefined) throw new TypeError(`the kernels have no ${name}`);
  return found.value;
}
