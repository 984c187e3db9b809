/**
 * Rows of 16-bit integers that share one scale (block floating point): what the 16-bit KV cache holds, and queries
 * while they meet it.
 *
 * ```
 * i16 q[width] | f32 scale      value = scale * q;  width is n rounded up to 8, and q is 0 from n on
 * ```
 *
 * The scale is the larger of max |x| / 32767 and |x| / 46000, |x| the Euclidean length. So every integer fits, and so
 * does every product of two rows, |a . b| <= |a| |b| < 2^31 (Cauchy and Schwarz), in whatever order it is summed:
 * a score of attention is exact but for the rounding of the rows. That rounding is 6e-6 of the row's length for each
 * value, where IEEE halves round each value by 2e-4 of itself: for 64 values alike it is a quarter as much.
 */
import { maxF32x4, sumF32x4 } from "../vector/simd";

const LARGEST: f32 = 32767;
/** 2^31 is the square of 46340, and rounding n values adds at most half the root of n to their length. */
const LENGTH: f32 = 46000;
/** Rows whose values are all below are 0; the inverse of what is above is finite. */
const SMALLEST: f32 = 1e-30;

/** The integers of a row of n values. */
export function fixedWidth(n: u32): u32 {
  return (n + 7) & ~7;
}

/** Bytes of a row of n values. */
export function fixedBytes(n: u32): usize {
  return ((<usize>fixedWidth(n)) << 1) + 4;
}

/**
 * x (n,) f32 -> target, a row as above. A row with a NaN or an infinity has a scale of NaN, and reads as NaN
 * throughout.
 */
export function store_i16(x: usize, target: usize, n: u32): void {
  const whole = n & ~3;
  const end = x + ((<usize>whole) << 2);
  let highest = f32x4.splat(0);
  for (let at = x; at < end; at += 16) highest = f32x4.max(highest, f32x4.abs(v128.load(at)));
  let peak = maxF32x4(highest);
  for (let i = whole; i < n; i++) peak = max(peak, abs(load<f32>(x + ((<usize>i) << 2))));
  const tail = target + ((<usize>fixedWidth(n)) << 1);
  memory.fill(target, 0, tail - target);
  if (peak < SMALLEST) {
    store<f32>(tail, 0);
    return;
  }
  const toUnit = <f32>1 / peak;
  const units = f32x4.splat(toUnit);
  let squares = f32x4.splat(0);
  for (let at = x; at < end; at += 16) {
    const unit = f32x4.mul(v128.load(at), units);
    squares = f32x4.add(squares, f32x4.mul(unit, unit));
  }
  let square = sumF32x4(squares);
  for (let i = whole; i < n; i++) {
    const unit = load<f32>(x + ((<usize>i) << 2)) * toUnit;
    square += unit * unit;
  }
  const step = max(sqrt(square) / LENGTH, <f32>1 / LARGEST);
  // An infinity leaves no unit to measure in: infinity * 0 is NaN, and so is the scale.
  store<f32>(tail, peak * step);
  const inverse = toUnit / step;
  const inverses = f32x4.splat(inverse);
  for (let at = x; at < end; at += 16, target += 8) {
    const integers = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(at), inverses)));
    v128.store64_lane(target, i16x8.narrow_i32x4_s(integers, integers), 0);
  }
  for (let i = whole; i < n; i++, target += 2) {
    store<i16>(target, <i16>(<i32>nearest(load<f32>(x + ((<usize>i) << 2)) * inverse)));
  }
}
