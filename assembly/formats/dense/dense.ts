import { bfloatToFloatX4, halfToFloat, halfToFloatX4 } from "../../vector/half";
import { madd, preciseSum } from "../../vector/simd";

/**
 * The loops of the formats that store every value on its own: F32, F16, BF16. T names the stored element:
 * f32; u16 for a half; i16 for a bfloat16. Activations stay f32.
 */
export function load4<T>(at: usize): v128 {
  if (sizeof<T>() === 4) return v128.load(at);
  if (isSigned<T>()) return bfloatToFloatX4(v128.load16x4_u(at));
  return halfToFloatX4(v128.load16x4_u(at));
}

export function load1<T>(at: usize): f32 {
  if (sizeof<T>() === 4) return load<f32>(at);
  if (isSigned<T>()) return reinterpret<f32>((<u32>load<u16>(at)) << 16);
  return halfToFloat(load<u16>(at));
}

/** source (n,) of T -> target (n,) f32 */
export function dequantizeDense<T>(source: usize, target: usize, n: u32): void {
  let i: u32 = 0;
  for (; i + 4 <= n; i += 4) v128.store(target + ((<usize>i) << 2), load4<T>(source + <usize>i * sizeof<T>()));
  for (; i < n; i++) store<f32>(target + ((<usize>i) << 2), load1<T>(source + <usize>i * sizeof<T>()));
}

/** W (rows, n) of T, x (n,) f32: out[from..to) = W[from..to) @ x; out (rows,) f32. Two rows share each load of x. */
export function matvecDense<T>(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32): void {
  const rowBytes = <usize>n * sizeof<T>();
  let row = from;
  for (; row + 2 <= to; row += 2) {
    dotDenseRows<T>(w + <usize>row * rowBytes, rowBytes, x, out + ((<usize>row) << 2), n);
  }
  if (row < to) store<f32>(out + ((<usize>row) << 2), dotDense<T>(w + <usize>row * rowBytes, x, n));
}

/**
 * W (rows, n) of T, X (tokens, n) f32: out[:, from..to) = W[from..to) @ X; out (tokens, rows) f32, consecutive tokens
 * `outStride` bytes apart. Four tokens share each load of a weight.
 */
export function matmulDense<T>(
  w: usize,
  x: usize,
  out: usize,
  from: u32,
  to: u32,
  n: u32,
  tokens: u32,
  outStride: u32,
): void {
  const xBytes = (<usize>n) << 2;
  const rowBytes = <usize>n * sizeof<T>();
  const fours = tokens & ~3;
  for (let row = from; row < to; row += 2) {
    const rows = min(2, to - row);
    const weights = w + <usize>row * rowBytes;
    const target = out + ((<usize>row) << 2);
    for (let token: u32 = 0; token < fours; token += 4) {
      const at = <usize>token * outStride;
      const values = x + <usize>token * xBytes;
      dotDense4<T>(weights, values, target + at, n, outStride);
      if (rows === 2) dotDense4<T>(weights + rowBytes, values, target + at + 4, n, outStride);
    }
    for (let token = fours; token < tokens; token++) {
      const at = <usize>token * outStride;
      const values = x + <usize>token * xBytes;
      if (rows === 2) dotDenseRows<T>(weights, rowBytes, values, target + at, n);
      else store<f32>(target + at, dotDense<T>(weights, values, n));
    }
  }
}

/** Where the first half of a row's eights of columns ends. */
function halfOf(n: u32): u32 {
  return (n >> 4) << 3;
}

/**
 * One row and one token, in the order of additions that all of them take: the even and the odd fours of columns of
 * either half of the row, four sums that together are a fourth as long; then the rest.
 */
function dotDense<T>(w: usize, x: usize, n: u32): f32 {
  let total: f64 = 0;
  let i: u32 = 0;
  for (let end = halfOf(n); ; end = n & ~7) {
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    for (; i < end; i += 8) {
      const wi = w + <usize>i * sizeof<T>();
      const xi = x + ((<usize>i) << 2);
      a = madd(load4<T>(wi), v128.load(xi), a);
      b = madd(load4<T>(wi + 4 * sizeof<T>()), v128.load(xi, 16), b);
    }
    total += preciseSum(a, b);
    if (i === (n & ~7)) break;
  }
  let sum = <f32>total;
  for (; i < n; i++) sum += load1<T>(w + <usize>i * sizeof<T>()) * load<f32>(x + ((<usize>i) << 2));
  return sum;
}

/** Two rows, `rowBytes` apart, with one token: as many chains of additions as it takes to hide their latency. */
function dotDenseRows<T>(w0: usize, rowBytes: usize, x: usize, out: usize, n: u32): void {
  const w1 = w0 + rowBytes;
  let total0: f64 = 0;
  let total1: f64 = 0;
  let i: u32 = 0;
  for (let end = halfOf(n); ; end = n & ~7) {
    let a0 = f32x4.splat(0);
    let a1 = f32x4.splat(0);
    let b0 = f32x4.splat(0);
    let b1 = f32x4.splat(0);
    for (; i < end; i += 8) {
      const at = <usize>i * sizeof<T>();
      const xi = x + ((<usize>i) << 2);
      const low = v128.load(xi);
      const high = v128.load(xi, 16);
      a0 = madd(load4<T>(w0 + at), low, a0);
      a1 = madd(load4<T>(w1 + at), low, a1);
      b0 = madd(load4<T>(w0 + at + 4 * sizeof<T>()), high, b0);
      b1 = madd(load4<T>(w1 + at + 4 * sizeof<T>()), high, b1);
    }
    total0 += preciseSum(a0, b0);
    total1 += preciseSum(a1, b1);
    if (i === (n & ~7)) break;
  }
  let s0 = <f32>total0;
  let s1 = <f32>total1;
  for (; i < n; i++) {
    const value = load<f32>(x + ((<usize>i) << 2));
    s0 += load1<T>(w0 + <usize>i * sizeof<T>()) * value;
    s1 += load1<T>(w1 + <usize>i * sizeof<T>()) * value;
  }
  store<f32>(out, s0);
  store<f32>(out, s1, 4);
}

/** One row with four tokens. */
function dotDense4<T>(w: usize, x0: usize, out: usize, n: u32, outStride: usize): void {
  const x1 = x0 + ((<usize>n) << 2);
  const x2 = x1 + ((<usize>n) << 2);
  const x3 = x2 + ((<usize>n) << 2);
  let total0: f64 = 0;
  let total1: f64 = 0;
  let total2: f64 = 0;
  let total3: f64 = 0;
  let i: u32 = 0;
  for (let end = halfOf(n); ; end = n & ~7) {
    let a0 = f32x4.splat(0);
    let a1 = f32x4.splat(0);
    let a2 = f32x4.splat(0);
    let a3 = f32x4.splat(0);
    let b0 = f32x4.splat(0);
    let b1 = f32x4.splat(0);
    let b2 = f32x4.splat(0);
    let b3 = f32x4.splat(0);
    for (; i < end; i += 8) {
      const at = (<usize>i) << 2;
      const low = load4<T>(w + <usize>i * sizeof<T>());
      const high = load4<T>(w + <usize>i * sizeof<T>() + 4 * sizeof<T>());
      a0 = madd(low, v128.load(x0 + at), a0);
      a1 = madd(low, v128.load(x1 + at), a1);
      a2 = madd(low, v128.load(x2 + at), a2);
      a3 = madd(low, v128.load(x3 + at), a3);
      b0 = madd(high, v128.load(x0 + at, 16), b0);
      b1 = madd(high, v128.load(x1 + at, 16), b1);
      b2 = madd(high, v128.load(x2 + at, 16), b2);
      b3 = madd(high, v128.load(x3 + at, 16), b3);
    }
    total0 += preciseSum(a0, b0);
    total1 += preciseSum(a1, b1);
    total2 += preciseSum(a2, b2);
    total3 += preciseSum(a3, b3);
    if (i === (n & ~7)) break;
  }
  let s0 = <f32>total0;
  let s1 = <f32>total1;
  let s2 = <f32>total2;
  let s3 = <f32>total3;
  for (; i < n; i++) {
    const at = (<usize>i) << 2;
    const value = load1<T>(w + <usize>i * sizeof<T>());
    s0 += value * load<f32>(x0 + at);
    s1 += value * load<f32>(x1 + at);
    s2 += value * load<f32>(x2 + at);
    s3 += value * load<f32>(x3 + at);
  }
  store<f32>(out, s0);
  store<f32>(out + outStride, s1);
  store<f32>(out + 2 * outStride, s2);
  store<f32>(out + 3 * outStride, s3);
}
