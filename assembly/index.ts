// The ABI: what TypeScript may call. Every argument is a byte address, a count or an f32; shapes stand with
// each function. src/kernels/exports.ts, formats.ts, cache-types.ts and attention.ts are the typed side of this list.

/** The first address that the module's own constants leave free. */
export function heapBase(): usize {
  return __heap_base;
}

// the forms of activations, by number
export { activation_f32, activation_q8 } from "./activations/kinds";
// bytes of a row of n activations; x (n,) f32 -> int8 blocks with scales and sums
export { q8RowBytes, quantize_q8 } from "./activations/q8";
// a call in memory
export { attention } from "./attention";
// the types of a KV cache, by number; bytes of a row of n values; source (n,) f32 -> target (n,)
export { cache_f32, cache_i16, cache_q8_0, cacheRowBytes, store_f32, store_i16, store_q8_0 } from "./attention/cache";
// where each field of a call is
export * from "./attention/fields";
// bytes of a call with its scratch
export { attentionBytes } from "./attention/scratch";
// One line a weight format: its form of activations; source (n,) -> (n,) f32; W (rows, n) @ X (tokens, n); W (rows, n)
// @ x (n,); and, for those that are packed, W (rows, n) -> groups of eight rows, and a row of them -> as in the file
export * from "./formats/block32/iq4_nl";
export * from "./formats/block32/q4_1";
export * from "./formats/block32/q5_0";
export * from "./formats/block32/q5_1";
export * from "./formats/dense/bf16";
export * from "./formats/dense/f16";
export * from "./formats/dense/f32";
// rows that are packed together
export { groupRows } from "./formats/packed/interleave";
// bytes of scratch memory for products
export { matmulBytes } from "./formats/packed/matmul";
export * from "./formats/packed/q2_k";
export * from "./formats/packed/q3_k";
export * from "./formats/packed/q4_0";
export * from "./formats/packed/q4_k";
export * from "./formats/packed/q5_k";
export * from "./formats/packed/q6_k";
export * from "./formats/packed/q8_0";
export * from "./formats/super/iq2_s";
export * from "./formats/super/iq2_xs";
export * from "./formats/super/iq2_xxs";
export * from "./formats/super/iq3_s";
export * from "./formats/super/iq3_xxs";
export * from "./formats/super/iq4_xs";
export * from "./formats/super/tq1_0";
export * from "./formats/super/tq2_0";
// B (rows, rank) @ x (rank,) -> out (rows,), added
export { add_low_rank_bf16, add_low_rank_f16, add_low_rank_f32 } from "./network/low-rank";
// x (n,) -> out (n,)
export { rmsnorm } from "./network/norm";
// x (n,) + y (n,), and x (n,) + scale * y (n,), in place
export { add, add_scaled } from "./network/residual";
// x (heads, headSize), table (headSize / 2, 2), in place
export { rope } from "./network/rope";
// gate (n,), up (n,), in place
export { swiglu } from "./network/swiglu";
// streams stretches of memory -> a sum, to measure how fast memory is
export { read_streams } from "./threads/read";
// words in shared memory
export { barrier, nextJob } from "./threads/sync";
