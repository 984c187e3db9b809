/** rows.ts for rows of 16-bit integers (fixed.ts). Lanes are columns, but of the weights positions. */

import { touch } from "../threads/touch";
import { interleaveHigh, interleaveLow, madd, maxF32x4, sumF32x4, sumsI32x4 } from "../vector/simd";
import { factorOf, integersOf, stepOf } from "./integer-weights";

/** The scales of four rows; scales: of the first, the next `row` bytes behind it. */
export function scalesOf(scales: usize, row: usize): v128 {
  let four = v128.load32_zero(scales);
  four = v128.load32_lane(scales + row, four, 1);
  four = v128.load32_lane(scales + (row << 1), four, 2);
  return v128.load32_lane(scales + row * 3, four, 3);
}

/** q . k of four keys. q (n,) i16 with the scale `scale`, keys `row` bytes apart, n a multiple of 32 */
export function dotFixed(q: usize, k0: usize, row: usize, n: u32, scale: v128): v128 {
  let k1 = k0 + row;
  let k2 = k1 + row;
  let k3 = k2 + row;
  let a0 = i32x4.splat(0);
  let a1 = i32x4.splat(0);
  let a2 = i32x4.splat(0);
  let a3 = i32x4.splat(0);
  // Half as many columns a turn as there are registers for: V8 loads all of a turn's operands first.
  for (const end = q + ((<usize>n) << 1); q < end; q += 32) {
    let a = v128.load(q);
    a0 = i32x4.add(a0, i32x4.dot_i16x8_s(a, v128.load(k0)));
    a1 = i32x4.add(a1, i32x4.dot_i16x8_s(a, v128.load(k1)));
    a2 = i32x4.add(a2, i32x4.dot_i16x8_s(a, v128.load(k2)));
    a3 = i32x4.add(a3, i32x4.dot_i16x8_s(a, v128.load(k3)));
    a = v128.load(q, 16);
    a0 = i32x4.add(a0, i32x4.dot_i16x8_s(a, v128.load(k0, 16)));
    a1 = i32x4.add(a1, i32x4.dot_i16x8_s(a, v128.load(k1, 16)));
    a2 = i32x4.add(a2, i32x4.dot_i16x8_s(a, v128.load(k2, 16)));
    a3 = i32x4.add(a3, i32x4.dot_i16x8_s(a, v128.load(k3, 16)));
    k0 += 32;
    k1 += 32;
    k2 += 32;
    k3 += 32;
  }
  // The first pointer is behind the integers now, where the scale is.
  return f32x4.mul(f32x4.convert_i32x4_s(sumsI32x4(a0, a1, a2, a3)), f32x4.mul(scale, scalesOf(k0, row)));
}

/**
 * Turns a tile's weights (count,) f32 into i16 in place, with the scales of the values in them, and returns what the
 * sums of these integers times the values' are to be multiplied with. Behind the weights is room, and are zeros, up to
 * a multiple of 4. scales: of the first value, the next `row` bytes behind it.
 */
export function fixRow(weights: usize, scales: usize, row: usize, count: u32): f32 {
  const end = weights + ((<usize>((count + 3) & ~3)) << 2);
  const whole = weights + ((<usize>(count & ~3)) << 2);
  for (let at = weights; at < whole; at += 16, scales += row << 2) {
    touch(scales, scales + (row << 2));
    v128.store(at, f32x4.mul(v128.load(at), scalesOf(scales, row)));
  }
  for (let at = whole; at < weights + ((<usize>count) << 2); at += 4, scales += row) {
    store<f32>(at, load<f32>(at) * load<f32>(scales));
  }
  let highest = f32x4.splat(0);
  let total = f32x4.splat(0);
  for (let at = weights; at < end; at += 16) {
    highest = f32x4.pmax(highest, v128.load(at));
    total = f32x4.add(total, v128.load(at));
  }
  const highestOfAll = f32x4.splat(maxF32x4(highest));
  const totalOfAll = f32x4.splat(sumF32x4(total));
  const factor = factorOf(highestOfAll, totalOfAll);
  for (let at = weights, target = weights; at < end; at += 16, target += 8) {
    const integers = integersOf(v128.load(at), factor);
    v128.store64_lane(target, i16x8.narrow_i32x4_s(integers, integers), 0);
  }
  return f32x4.extract_lane(stepOf(highestOfAll, totalOfAll), 0);
}

/** sums (8,) f32 = sums times `correction` + weights (count,) i16 . values times `back`: 8 columns. */
export function addFixed(
  weights: usize,
  v0: usize,
  row: usize,
  sums: usize,
  count: u32,
  correction: v128,
  back: v128,
): void {
  let low = i32x4.splat(0);
  let high = i32x4.splat(0);
  const step = row << 2;
  for (const end = weights + ((<usize>(count & ~3)) << 1); weights < end; weights += 8, v0 += step) {
    const a = v128.load(v0);
    const b = v128.load(v0 + row);
    const c = v128.load(v0 + (row << 1));
    const d = v128.load(v0 + row * 3);
    const w0 = v128.load32_splat(weights);
    const w1 = v128.load32_splat(weights, 4);
    low = i32x4.add(low, i32x4.dot_i16x8_s(interleaveLow(a, b), w0));
    high = i32x4.add(high, i32x4.dot_i16x8_s(interleaveHigh(a, b), w0));
    low = i32x4.add(low, i32x4.dot_i16x8_s(interleaveLow(c, d), w1));
    high = i32x4.add(high, i32x4.dot_i16x8_s(interleaveHigh(c, d), w1));
  }
  for (let i = count & 3; i > 0; i--, weights += 2, v0 += row) {
    const a = v128.load(v0);
    const w = v128.load16_splat(weights);
    low = i32x4.add(low, i32x4.extmul_low_i16x8_s(a, w));
    high = i32x4.add(high, i32x4.extmul_high_i16x8_s(a, w));
  }
  low = f32x4.mul(f32x4.convert_i32x4_s(low), back);
  high = f32x4.mul(f32x4.convert_i32x4_s(high), back);
  v128.store(sums, madd(v128.load(sums), correction, low));
  v128.store(sums, madd(v128.load(sums, 16), correction, high), 16);
}
