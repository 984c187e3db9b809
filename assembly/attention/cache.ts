/**
 * Rows of the KV cache: the keys or values of one head at one position, in the cache's own type.
 *
 * ```
 * f32    n floats
 * i16    16 bits a value: integers that share a scale (fixed.ts)
 * q8_0   blocks of 32, the last as short as n leaves it:  f32 d | i8 q[32]     value = d * q
 * ```
 */

import { maxF32x4 } from "../vector/simd";
import { fixedBytes } from "./fixed";

export { store_i16 } from "./fixed";

/** The types, as a call of attention has them; TypeScript finds them by name (src/kernels/cache-types.ts). */
export const cache_f32: u32 = 0;
export const cache_i16: u32 = 1;
export const cache_q8_0: u32 = 2;

/** Bytes of a whole block of q8_0. */
export const Q8_0_BYTES: usize = 36;

/** Bytes of a row of n values. */
export function cacheRowBytes(type: u32, n: u32): usize {
  if (type === cache_f32) return (<usize>n) << 2;
  if (type === cache_i16) return fixedBytes(n);
  return <usize>n + ((<usize>(n + 31) >> 5) << 2);
}

/** Writes keys or values into a cache of f32. source (n,) f32, target (n,) f32 */
export function store_f32(source: usize, target: usize, n: u32): void {
  memory.copy(target, source, (<usize>n) << 2);
}

/**
 * Writes keys or values into a cache of q8_0, by ggml's rule, d = max |x| / 127, but with d as f32, which is read
 * without a conversion. source (n,) f32, target (n,) q8_0. A block with a NaN or infinity reads as NaN throughout.
 */
export function store_q8_0(source: usize, target: usize, n: u32): void {
  for (let first: u32 = 0; first < n; first += 32, source += 128, target += 36) {
    const count = min(n - first, 32);
    let highest: f32 = 0;
    if (count === 32) {
      let lanes = f32x4.abs(v128.load(source));
      for (let i: usize = 16; i < 128; i += 16) lanes = f32x4.max(lanes, f32x4.abs(v128.load(source + i)));
      highest = maxF32x4(lanes);
    } else {
      for (let i: u32 = 0; i < count; i++) highest = max(highest, abs(load<f32>(source + ((<usize>i) << 2))));
    }
    const scale = highest / 127;
    const inverse: f32 = scale > 0 ? 1 / scale : 0;
    // An infinite scale is of values that have no integers.
    store<f32>(target, scale <= f32.MAX_VALUE ? scale : f32.NaN);
    for (let i: u32 = 0; i < count; i++) {
      const scaled = nearest(load<f32>(source + ((<usize>i) << 2)) * inverse);
      store<i8>(target + i, <i8>(<i32>scaled), 4);
    }
  }
}
