// The ABI of the kernels that quantise; src/quantize/kernel.ts is its typed side.

/** The first address that the module's own constants leave free. */
export function heapBase(): usize {
  return __heap_base;
}

export { write_q4_0, write_q4_1, write_q5_0, write_q5_1, write_q8_0 } from "./block32";
export { findNotFinite, widen_bf16, widen_f16, write_bf16, write_f16 } from "./dense";
export { write_q2_k, write_q3_k, write_q4_k, write_q5_k, write_q6_k } from "./super-blocks";
