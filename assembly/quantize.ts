/**
 * Activations in int8, as the kernels of the quantised formats want them. A row of n values (n a multiple
 * of 32) becomes
 *
 * ```
 * offset 0        i8  values[n]          round(x / scale)
 * offset n        f32 scales[n / 32]     max |x| of the block / 127
 * offset n + n/8  f32 sums[n / 32]       scale * sum of the block's values, for formats with an offset
 * offset n + n/4  f32 halfSums[n / 16]   the same of each half of the block, for offsets every 16 values
 * ```
 *
 * 1.5 n bytes. Scales stay f32, so the only rounding is that of the values. They are within -127..127.
 */
import { maxF32x4 } from "./simd";

/** 2^-126, the smallest normal number. */
const SMALLEST_SCALE: f32 = 1.17549435e-38;

/** Bytes of a quantised row of n values. */
export function q8RowBytes(n: u32): u32 {
  return n + (n >> 1);
}

/** Quantises one row: x (n,) f32 -> out (n,) in the layout above. NaN and infinity become scales of NaN and infinity. */
export function quantize_q8(x: usize, out: usize, n: u32): void {
  const blocks = n >> 5;
  let scales = out + n;
  let sums = scales + ((<usize>blocks) << 2);
  let halfSums = sums + ((<usize>blocks) << 2);
  for (let block: u32 = 0; block < blocks; block++, x += 128, out += 32, scales += 4, sums += 4, halfSums += 8) {
    let highest = f32x4.abs(v128.load(x));
    for (let i: usize = 16; i < 128; i += 16) highest = f32x4.max(highest, f32x4.abs(v128.load(x + i)));
    const scale = maxF32x4(highest) / 127;
    // The smallest scales have no finite inverse; such values (below 1e-36) become 0.
    const inverse = f32x4.splat(scale >= SMALLEST_SCALE ? 1 / scale : 0);
    const low = <f32>quantize16(x, out, inverse) * scale;
    const high = <f32>quantize16(x + 64, out + 16, inverse) * scale;
    store<f32>(scales, scale);
    store<f32>(sums, low + high);
    store<f32>(halfSums, low);
    store<f32>(halfSums, high, 4);
  }
}

/** Rounds 16 values, and returns the sum of what came out. */
function quantize16(x: usize, out: usize, inverse: v128): i32 {
  const a = rounded(v128.load(x), inverse);
  const b = rounded(v128.load(x, 16), inverse);
  const c = rounded(v128.load(x, 32), inverse);
  const d = rounded(v128.load(x, 48), inverse);
  v128.store(out, i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
  const sum = i32x4.add(i32x4.add(a, b), i32x4.add(c, d));
  return (
    i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3)
  );
}

function rounded(x: v128, inverse: v128): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(x, inverse)));
}
