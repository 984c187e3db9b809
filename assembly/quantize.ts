/**
 * Activations in int8, as the kernels of the quantised formats want them. A row of n values (n a multiple
 * of 32) becomes
 *
 * ```
 * offset 0        i8  values[n]          round(x / scale)
 * offset n        f32 scales[n / 32]     max |x| of the block / 127
 * offset n + n/8  f32 sums[n / 32]       scale * sum of the block's values, for formats with an offset
 * ```
 *
 * 1.25 n bytes. Scales stay f32, so the only rounding is that of the values.
 */
import { maxF32x4 } from "./simd";

export const BLOCK: u32 = 32;

/** Bytes of a quantised row of n values. */
export function q8RowBytes(n: u32): u32 {
  return n + (n >> 2);
}

/** Quantises one row: x (n,) f32 -> out (n,) in the layout above. */
export function quantize_q8(x: usize, out: usize, n: u32): void {
  const blocks = n >> 5;
  const scales = out + n;
  const sums = scales + ((<usize>blocks) << 2);
  for (let block: u32 = 0; block < blocks; block++, x += 128, out += 32) {
    let highest = f32x4.abs(v128.load(x));
    for (let i: usize = 16; i < 128; i += 16) highest = f32x4.max(highest, f32x4.abs(v128.load(x + i)));
    const scale = maxF32x4(highest) / 127;
    const inverse = f32x4.splat(scale > 0 ? 1 / scale : 0);
    let sum = i32x4.splat(0);
    for (let i: usize = 0; i < 32; i += 16) {
      const from = x + (i << 2);
      const a = rounded(v128.load(from), inverse);
      const b = rounded(v128.load(from, 16), inverse);
      const c = rounded(v128.load(from, 32), inverse);
      const d = rounded(v128.load(from, 48), inverse);
      sum = i32x4.add(sum, i32x4.add(i32x4.add(a, b), i32x4.add(c, d)));
      v128.store(out + i, i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
    }
    const total =
      i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3);
    store<f32>(scales + ((<usize>block) << 2), scale);
    store<f32>(sums + ((<usize>block) << 2), scale * f32(total));
  }
}

function rounded(x: v128, inverse: v128): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(x, inverse)));
}
