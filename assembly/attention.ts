import { halfToFloat, halfToFloatX4 } from "./half";
import { madd, preciseSum } from "./simd";
import { expShifted } from "./softmax";

/**
 * Grouped-query attention (Ainslie et al. 2023) of one token, for the query heads that share one KV head:
 * out_h = softmax(q_h K^T / sqrt(headSize)) V.
 *
 * q (group, headSize) f32; keys (length, headSize) of K and values (length, headSize) of V, the cache of that KV
 * head; scores (length,) f32, scratch; out (group, headSize) f32. K and V are f32 or, for halves, u16.
 */
function attention<K, V>(
  q: usize,
  keys: usize,
  values: usize,
  scores: usize,
  out: usize,
  group: u32,
  headSize: u32,
  length: u32,
  scale: f32,
): void {
  const row = <usize>headSize * sizeof<K>();
  for (let head: u32 = 0; head < group; head++) {
    for (let i: u32 = 0; i < length; i++) {
      store<f32>(scores + ((<usize>i) << 2), dot<K>(q, keys + <usize>i * row, headSize) * scale);
    }
    const sum = expShifted(scores, length);
    weightedSum<V>(scores, values, out, headSize, length, 1 / sum);
    q += (<usize>headSize) << 2;
    out += (<usize>headSize) << 2;
  }
}

/** Four neighbouring cache values as f32. */
function load4<T>(at: usize): v128 {
  if (sizeof<T>() === 4) return v128.load(at);
  return halfToFloatX4(v128.load16x4_u(at));
}

function load1<T>(at: usize): f32 {
  if (sizeof<T>() === 4) return load<f32>(at);
  return halfToFloat(load<u16>(at));
}

/** q . k; q (n,) f32, k (n,) of T */
function dot<T>(q: usize, k: usize, n: u32): f32 {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let i: u32 = 0;
  for (; i + 8 <= n; i += 8) {
    const qi = q + ((<usize>i) << 2);
    const ki = k + <usize>i * sizeof<T>();
    a = madd(v128.load(qi), load4<T>(ki), a);
    b = madd(v128.load(qi, 16), load4<T>(ki + 4 * sizeof<T>()), b);
  }
  let sum = preciseSum(a, b);
  for (; i < n; i++) sum += load<f32>(q + ((<usize>i) << 2)) * load1<T>(k + <usize>i * sizeof<T>());
  return sum;
}

/**
 * out = factor * sum over i of weights[i] * values[i]; weights (length,) f32, values (length, n) of T, out (n,) f32.
 * Four positions go into sums of their own: that hides the latency of the additions and keeps long sums exact.
 */
function weightedSum<T>(weights: usize, values: usize, out: usize, n: u32, length: u32, factor: f32): void {
  const row = <usize>n * sizeof<T>();
  const half = 4 * sizeof<T>();
  let column: u32 = 0;
  for (; column + 8 <= n; column += 8) {
    let a0 = f32x4.splat(0);
    let a1 = f32x4.splat(0);
    let a2 = f32x4.splat(0);
    let a3 = f32x4.splat(0);
    let b0 = f32x4.splat(0);
    let b1 = f32x4.splat(0);
    let b2 = f32x4.splat(0);
    let b3 = f32x4.splat(0);
    let value = values + <usize>column * sizeof<T>();
    let i: u32 = 0;
    for (; i + 4 <= length; i += 4) {
      const weight = weights + ((<usize>i) << 2);
      const w0 = v128.load32_splat(weight);
      const w1 = v128.load32_splat(weight, 4);
      const w2 = v128.load32_splat(weight, 8);
      const w3 = v128.load32_splat(weight, 12);
      a0 = madd(w0, load4<T>(value), a0);
      b0 = madd(w0, load4<T>(value + half), b0);
      value += row;
      a1 = madd(w1, load4<T>(value), a1);
      b1 = madd(w1, load4<T>(value + half), b1);
      value += row;
      a2 = madd(w2, load4<T>(value), a2);
      b2 = madd(w2, load4<T>(value + half), b2);
      value += row;
      a3 = madd(w3, load4<T>(value), a3);
      b3 = madd(w3, load4<T>(value + half), b3);
      value += row;
    }
    for (; i < length; i++, value += row) {
      const weight = v128.load32_splat(weights + ((<usize>i) << 2));
      a0 = madd(weight, load4<T>(value), a0);
      b0 = madd(weight, load4<T>(value + half), b0);
    }
    const at = out + ((<usize>column) << 2);
    const scale = f32x4.splat(factor);
    v128.store(at, f32x4.mul(f32x4.add(f32x4.add(a0, a1), f32x4.add(a2, a3)), scale));
    v128.store(at, f32x4.mul(f32x4.add(f32x4.add(b0, b1), f32x4.add(b2, b3)), scale), 16);
  }
  for (; column < n; column++) {
    let sum: f32 = 0;
    for (let i: u32 = 0; i < length; i++) {
      sum += load<f32>(weights + ((<usize>i) << 2)) * load1<T>(values + <usize>i * row + <usize>column * sizeof<T>());
    }
    store<f32>(out + ((<usize>column) << 2), sum * factor);
  }
}

/** {@link attention} with keys of f32 and values of f32. */
export function attention_f32_f32(
  q: usize,
  keys: usize,
  values: usize,
  scores: usize,
  out: usize,
  group: u32,
  headSize: u32,
  length: u32,
  scale: f32,
): void {
  attention<f32, f32>(q, keys, values, scores, out, group, headSize, length, scale);
}

/** {@link attention} with keys of f32 and values of f16. */
export function attention_f32_f16(
  q: usize,
  keys: usize,
  values: usize,
  scores: usize,
  out: usize,
  group: u32,
  headSize: u32,
  length: u32,
  scale: f32,
): void {
  attention<f32, u16>(q, keys, values, scores, out, group, headSize, length, scale);
}

/** {@link attention} with keys of f16 and values of f32. */
export function attention_f16_f32(
  q: usize,
  keys: usize,
  values: usize,
  scores: usize,
  out: usize,
  group: u32,
  headSize: u32,
  length: u32,
  scale: f32,
): void {
  attention<u16, f32>(q, keys, values, scores, out, group, headSize, length, scale);
}

/** {@link attention} with keys of f16 and values of f16. */
export function attention_f16_f16(
  q: usize,
  keys: usize,
  values: usize,
  scores: usize,
  out: usize,
  group: u32,
  headSize: u32,
  length: u32,
  scale: f32,
): void {
  attention<u16, u16>(q, keys, values, scores, out, group, headSize, length, scale);
}
