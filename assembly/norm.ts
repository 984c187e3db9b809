import { madd, sumF32x4 } from "./simd";

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

function meanOfSquares(x: usize, n: u32): f32 {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  const pairs = n & ~7;
  let i: u32 = 0;
  for (; i < pairs; i += 8) {
    const low = v128.load(x + (i << 2));
    const high = v128.load(x + (i << 2), 16);
    a = madd(low, low, a);
    b = madd(high, high, b);
  }
  let sum = sumF32x4(f32x4.add(a, b));
  for (; i < n; i++) sum += load<f32>(x + (i << 2)) * load<f32>(x + (i << 2));
  return sum / f32(n);
}
