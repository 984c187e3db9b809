/**
 * Activations in int8, as the kernels of the quantised formats want them. A row of n values (n a multiple of 32) is
 * n / 32 blocks of 48 bytes, and 64 bytes that nobody reads:
 *
 * ```
 * offset 0    i8  values[32]   round(x / scale), within -127..127
 * offset 32   f32 scale        max |x| of the block / 127
 * offset 36   f32 sum          of the values, a whole number, for formats with an offset every 32 values
 * offset 40   i16 pairs[4]     32 times the sum of values i with i % 4 < 2, and with i % 4 >= 2, of the first 16; the
 *                              same of the last 16: what products.ts sums in one lane, for weights around 32
 * ```
 *
 * Scales stay f32, so the only rounding is that of the values. The 64 bytes keep the rows of a batch from lying a
 * multiple of 4 KiB apart, where they would push each other out of the nearest cache: 1.3 times slower at n = 4096.
 */
import { maxF32x4 } from "../vector/simd";

export const Q8_BYTES: usize = 48;
export const Q8_SCALE: usize = 32;
export const Q8_SUM: usize = 36;
export const Q8_PAIRS: usize = 40;

const ROW_PADDING: u32 = 64;
/** 2^-126, the smallest normal number. */
const SMALLEST_SCALE: f32 = 1.17549435e-38;

/** Bytes of a quantised row of n values. */
export function q8RowBytes(n: u32): u32 {
  return n + (n >> 1) + ROW_PADDING;
}

/**
 * Quantises one row: x (n,) f32 -> out (n,) in the layout above. NaN and infinity become scales of NaN and infinity.
 */
export function quantize_q8(x: usize, out: usize, n: u32): void {
  for (const end = x + ((<usize>n) << 2); x < end; x += 128, out += Q8_BYTES) {
    let highest = f32x4.abs(v128.load(x));
    for (let i: usize = 16; i < 128; i += 16) highest = f32x4.max(highest, f32x4.abs(v128.load(x + i)));
    const scale = maxF32x4(highest) / 127;
    // The smallest scales have no finite inverse; such values (below 1e-36) become 0.
    const inverse = f32x4.splat(scale >= SMALLEST_SCALE ? 1 / scale : 0);
    const low = quantize16(x, out, inverse);
    const high = quantize16(x + 64, out + 16, inverse);
    const sums = i32x4.extadd_pairwise_i16x8_s(i16x8.add(low, high));
    v128.store32_lane(out, f32x4.splat(scale), 0, Q8_SCALE);
    store<f32>(out, <f32>i32x4.extract_lane(sums, 0), Q8_SUM);
    v128.store32_lane(out, i16x8.shl(low, 5), 0, Q8_PAIRS);
    v128.store32_lane(out, i16x8.shl(high, 5), 0, Q8_PAIRS + 4);
  }
}

/** Rounds 16 values, and returns the sums of the pairs (i % 4 < 2, i % 4 >= 2) of what came out, four times. */
function quantize16(x: usize, out: usize, inverse: v128): v128 {
  const a = i16x8.narrow_i32x4_s(rounded(v128.load(x), inverse), rounded(v128.load(x, 16), inverse));
  const b = i16x8.narrow_i32x4_s(rounded(v128.load(x, 32), inverse), rounded(v128.load(x, 48), inverse));
  const values = i8x16.narrow_i16x8_s(a, b);
  v128.store(out, values);
  const pairs = i16x8.extadd_pairwise_i8x16_s(values);
  const fours = i16x8.add(pairs, i8x16.shuffle(pairs, pairs, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return i16x8.add(fours, i8x16.shuffle(fours, fours, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
}

function rounded(x: v128, inverse: v128): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(x, inverse)));
}
