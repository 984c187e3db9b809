import { upperHalf } from "../vector/simd";

/**
 * RMSNorm (Zhang & Sennrich 2019): out = x / sqrt(mean(x^2) + epsilon) * weight.
 * x (n,), weight (n,), out (n,), all f32; out may be x.
 */
export function rmsnorm(x: usize, weight: usize, out: usize, n: u32, epsilon: f32): void {
  const scale = <f32>1 / sqrt(meanOfSquares(x, n) + epsilon);
  const scales = f32x4.splat(scale);
  const vectors = n & ~3;
  let i: u32 = 0;
  for (; i < vectors; i += 4) {
    const normed = f32x4.mul(v128.load(x + (i << 2)), scales);
    v128.store(out + (i << 2), f32x4.mul(normed, v128.load(weight + (i << 2))));
  }
  for (; i < n; i++) {
    store<f32>(out + (i << 2), load<f32>(x + (i << 2)) * scale * load<f32>(weight + (i << 2)));
  }
}

/** Summed in double precision, as ggml does: one rounding here would touch every value of the row. */
function meanOfSquares(x: usize, n: u32): f32 {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  const vectors = n & ~3;
  let i: u32 = 0;
  for (; i < vectors; i += 4) {
    const four = v128.load(x + (i << 2));
    const low = f64x2.promote_low_f32x4(four);
    const high = f64x2.promote_low_f32x4(upperHalf(four));
    a = f64x2.add(a, f64x2.mul(low, low));
    b = f64x2.add(b, f64x2.mul(high, high));
  }
  const total = f64x2.add(a, b);
  let sum = f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1);
  for (; i < n; i++) sum += <f64>load<f32>(x + (i << 2)) * <f64>load<f32>(x + (i << 2));
  return <f32>(sum / <f64>n);
}
