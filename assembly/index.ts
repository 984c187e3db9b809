// The ABI: what TypeScript may call. Every argument is a byte address, a count or an f32; shapes stand with
// each function. src/kernels/exports.ts is the typed side of this list.

/** The first address that the module's own constants leave free. */
export function heapBase(): usize {
  return __heap_base;
}

// the forms of activations, by number
export { activation_f32, activation_q8 } from "./activations/kinds";
// bytes of a row of n activations; x (n,) f32 -> int8 blocks with scales and sums
export { q8RowBytes, quantize_q8 } from "./activations/q8";
// a call in memory; bytes of a call with its scratch; where each of its fields is
export { attention } from "./attention";
// the types of a KV cache, by number; bytes of a row of n values; source (n,) f32 -> target (n,)
export { cache_f32, cache_i16, cache_q8_0, cacheRowBytes, store_f32, store_i16, store_q8_0 } from "./attention/cache";
export * from "./attention/fields";
export { attentionBytes } from "./attention/scratch";
export { iq4_nl_activation, iq4_nl_dequantize, iq4_nl_matmul, iq4_nl_matvec } from "./formats/block32/iq4_nl";
export { q4_1_activation, q4_1_dequantize, q4_1_matmul, q4_1_matvec } from "./formats/block32/q4_1";
export { q5_0_activation, q5_0_dequantize, q5_0_matmul, q5_0_matvec } from "./formats/block32/q5_0";
export { q5_1_activation, q5_1_dequantize, q5_1_matmul, q5_1_matvec } from "./formats/block32/q5_1";
// One line a weight format: its form of activations; source (n,) -> (n,) f32; W (rows, n) @ X (tokens, n); W (rows, n) @ x (n,); and, for those
// that are packed, W (rows, n) -> groups of eight rows, and a row of them -> as in the file
export { bf16_activation, bf16_dequantize, bf16_matmul, bf16_matvec } from "./formats/dense/bf16";
export { f16_activation, f16_dequantize, f16_matmul, f16_matvec } from "./formats/dense/f16";
export { f32_activation, f32_dequantize, f32_matmul, f32_matvec } from "./formats/dense/f32";
// rows that are packed together
export { groupRows } from "./formats/packed/interleave";
export {
  q2_k_activation,
  q2_k_dequantize,
  q2_k_matmul,
  q2_k_matvec,
  q2_k_repack,
  q2_k_unpack,
} from "./formats/packed/q2_k";
export {
  q3_k_activation,
  q3_k_dequantize,
  q3_k_matmul,
  q3_k_matvec,
  q3_k_repack,
  q3_k_unpack,
} from "./formats/packed/q3_k";
export {
  q4_0_activation,
  q4_0_dequantize,
  q4_0_matmul,
  q4_0_matvec,
  q4_0_repack,
  q4_0_unpack,
} from "./formats/packed/q4_0";
export {
  q4_k_activation,
  q4_k_dequantize,
  q4_k_matmul,
  q4_k_matvec,
  q4_k_repack,
  q4_k_unpack,
} from "./formats/packed/q4_k";
export {
  q5_k_activation,
  q5_k_dequantize,
  q5_k_matmul,
  q5_k_matvec,
  q5_k_repack,
  q5_k_unpack,
} from "./formats/packed/q5_k";
export {
  q6_k_activation,
  q6_k_dequantize,
  q6_k_matmul,
  q6_k_matvec,
  q6_k_repack,
  q6_k_unpack,
} from "./formats/packed/q6_k";
export {
  q8_0_activation,
  q8_0_dequantize,
  q8_0_matmul,
  q8_0_matvec,
  q8_0_repack,
  q8_0_unpack,
} from "./formats/packed/q8_0";
// bytes of scratch memory for products
export { tileBytes } from "./formats/packed/tile";
export { iq2_s_activation, iq2_s_dequantize, iq2_s_matmul, iq2_s_matvec } from "./formats/super/iq2_s";
export { iq2_xs_activation, iq2_xs_dequantize, iq2_xs_matmul, iq2_xs_matvec } from "./formats/super/iq2_xs";
export { iq2_xxs_activation, iq2_xxs_dequantize, iq2_xxs_matmul, iq2_xxs_matvec } from "./formats/super/iq2_xxs";
export { iq3_s_activation, iq3_s_dequantize, iq3_s_matmul, iq3_s_matvec } from "./formats/super/iq3_s";
export { iq3_xxs_activation, iq3_xxs_dequantize, iq3_xxs_matmul, iq3_xxs_matvec } from "./formats/super/iq3_xxs";
export { iq4_xs_activation, iq4_xs_dequantize, iq4_xs_matmul, iq4_xs_matvec } from "./formats/super/iq4_xs";
export { tq1_0_activation, tq1_0_dequantize, tq1_0_matmul, tq1_0_matvec } from "./formats/super/tq1_0";
export { tq2_0_activation, tq2_0_dequantize, tq2_0_matmul, tq2_0_matvec } from "./formats/super/tq2_0";
// x (n,) -> out (n,)
export { rmsnorm } from "./network/norm";
// x (n,) + y (n,), in place
export { add } from "./network/residual";
// x (heads, headSize), table (headSize / 2, 2), in place
export { rope } from "./network/rope";
// gate (n,), up (n,), in place
export { swiglu } from "./network/swiglu";
// streams stretches of memory -> a sum, to measure how fast memory is
export { read_streams } from "./threads/read";
// words in shared memory
export { barrier, nextJob } from "./threads/sync";
