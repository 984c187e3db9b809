import { exp, expF32x4 } from "../../assembly/vector/exp";
import { maxF32x4, upperHalf } from "../../assembly/vector/simd";

/** x = e^(x - max x), in place; x (n,) f32. Returns the sum, by which the caller divides. n is at least 1. */
export function expShifted(x: usize, n: u32): f32 {
  const highest = maximum(x, n);
  const shift = f32x4.splat(highest);
  // In double precision, as ggml does: the sum divides every weight.
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  const vectors = n & ~3;
  let i: u32 = 0;
  for (; i < vectors; i += 4) {
    const at = (<usize>i) << 2;
    const value = expF32x4(f32x4.sub(v128.load(x + at), shift));
    v128.store(x + at, value);
    low = f64x2.add(low, f64x2.promote_low_f32x4(value));
    high = f64x2.add(high, f64x2.promote_low_f32x4(upperHalf(value)));
  }
  const sums = f64x2.add(low, high);
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  for (; i < n; i++) {
    const at = (<usize>i) << 2;
    const value = exp(load<f32>(x + at) - highest);
    store<f32>(x + at, value);
    sum += <f64>value;
  }
  return <f32>sum;
}

/** The largest of x (n,); n is at least 1. */
export function maximum(x: usize, n: u32): f32 {
  let highest = load<f32>(x);
  let i: u32 = 0;
  if (n >= 4) {
    let lanes = v128.load(x);
    for (i = 4; i + 4 <= n; i += 4) lanes = f32x4.max(lanes, v128.load(x + ((<usize>i) << 2)));
    highest = maxF32x4(lanes);
  }
  for (; i < n; i++) highest = max(highest, load<f32>(x + ((<usize>i) << 2)));
  return highest;
}
