// The ABI: what TypeScript may call. Every argument is a byte address, a count or an f32; shapes stand with
// each function. src/kernels/exports.ts is the typed side of this list.

/** The first address that the module's own constants leave free. */
export function heapBase(): usize {
  return __heap_base;
}

// q (group, headSize), keys and values (length, headSize) -> out (group, headSize)
export { attention_f16_f16, attention_f16_f32, attention_f32_f16, attention_f32_f32 } from "./attention";
export { bf16_dequantize, bf16_matmul, bf16_matvec } from "./formats/bf16";
export { f16_dequantize, f16_matmul, f16_matvec } from "./formats/f16";
// One line a weight format: source (n,) -> (n,) f32; W (rows, n) @ x (n,); W (rows, n) @ X (tokens, n)
export { f32_dequantize, f32_matmul, f32_matvec } from "./formats/f32";
export { q4_0_dequantize, q4_0_matmul, q4_0_matvec } from "./formats/q4_0";
export { q8_0_dequantize, q8_0_matmul, q8_0_matvec } from "./formats/q8_0";
// source (n,) f32 -> target (n,)
export { store_f16, store_f32 } from "./kv-cache";
// x (n,) -> out (n,)
export { rmsnorm } from "./norm";
// x (n,) f32 -> int8 blocks with scales and sums
export { quantize_q8 } from "./quantize";
// x (n,) + y (n,), in place
export { add } from "./residual";
// x (heads, headSize), table (headSize / 2, 2), in place
export { rope } from "./rope";
// gate (n,), up (n,), in place
export { swiglu } from "./swiglu";
// words in shared memory
export { barrier, nextJob } from "./sync";
