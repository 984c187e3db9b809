/**
 * What one query alone has to do with rows of the cache, which are multiplied as they are read, without going through a
 * scratch. Lanes are columns. Rows come in fours, one behind the other.
 */
import { cache_f32, cache_i16 } from "../kv-cache";
import { madd, sumsF32x4 } from "../simd";
import { addFixed, dotFixed } from "./rows-fixed";

/**
 * scores (4 fours,) = scale q . keys; q (n,) f32 for keys of f32, i16 for others; n a multiple of 32, keys `row` bytes
 * apart.
 */
export function scoreRows(
  type: u32,
  q: usize,
  keys: usize,
  row: usize,
  scores: usize,
  fours: u32,
  n: u32,
  scale: f32,
): void {
  const scales = f32x4.splat(scale);
  const step = row << 2;
  for (const end = scores + ((<usize>fours) << 4); scores < end; scores += 16, keys += step) {
    let products: v128;
    if (type === cache_i16) products = dotFixed(q, keys, row, n);
    else if (type === cache_f32) products = dotF32(q, keys, row, n);
    else products = dotQ8_0(q, keys, row, n);
    v128.store(scores, f32x4.mul(products, scales));
  }
}

/** q . k of four keys of f32. */
function dotF32(q: usize, k0: usize, row: usize, n: u32): v128 {
  let k1 = k0 + row;
  let k2 = k1 + row;
  let k3 = k2 + row;
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let a2 = f32x4.splat(0);
  let a3 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let b1 = f32x4.splat(0);
  let b2 = f32x4.splat(0);
  let b3 = f32x4.splat(0);
  for (const end = q + ((<usize>n) << 2); q < end; q += 32) {
    const a = v128.load(q);
    const b = v128.load(q, 16);
    a0 = madd(v128.load(k0), a, a0);
    b0 = madd(v128.load(k0, 16), b, b0);
    a1 = madd(v128.load(k1), a, a1);
    b1 = madd(v128.load(k1, 16), b, b1);
    a2 = madd(v128.load(k2), a, a2);
    b2 = madd(v128.load(k2, 16), b, b2);
    a3 = madd(v128.load(k3), a, a3);
    b3 = madd(v128.load(k3, 16), b, b3);
    k0 += 32;
    k1 += 32;
    k2 += 32;
    k3 += 32;
  }
  return sumsF32x4(f32x4.add(a0, b0), f32x4.add(a1, b1), f32x4.add(a2, b2), f32x4.add(a3, b3));
}

/** q . k of four keys of q8_0, but for the scale of q (i16): the integers of a block are summed as such. */
function dotQ8_0(q: usize, k0: usize, row: usize, n: u32): v128 {
  let k1 = k0 + row;
  let k2 = k1 + row;
  let k3 = k2 + row;
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let a2 = f32x4.splat(0);
  let a3 = f32x4.splat(0);
  for (const end = q + ((<usize>n) << 1); q < end; ) {
    let b0 = i32x4.splat(0);
    let b1 = i32x4.splat(0);
    let b2 = i32x4.splat(0);
    let b3 = i32x4.splat(0);
    const scale0 = k0;
    // A turn is short because V8 loads all of its operands first.
    for (const blockEnd = q + 64; q < blockEnd; q += 16) {
      const a = v128.load(q);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(a, v128.load8x8_s(k0, 4)));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(a, v128.load8x8_s(k1, 4)));
      b2 = i32x4.add(b2, i32x4.dot_i16x8_s(a, v128.load8x8_s(k2, 4)));
      b3 = i32x4.add(b3, i32x4.dot_i16x8_s(a, v128.load8x8_s(k3, 4)));
      k0 += 8;
      k1 += 8;
      k2 += 8;
      k3 += 8;
    }
    a0 = madd(f32x4.convert_i32x4_s(b0), v128.load32_splat(scale0), a0);
    a1 = madd(f32x4.convert_i32x4_s(b1), v128.load32_splat(scale0 + row), a1);
    a2 = madd(f32x4.convert_i32x4_s(b2), v128.load32_splat(scale0 + row * 2), a2);
    a3 = madd(f32x4.convert_i32x4_s(b3), v128.load32_splat(scale0 + row * 3), a3);
    k0 += 4;
    k1 += 4;
    k2 += 4;
    k3 += 4;
  }
  return sumsF32x4(a0, a1, a2, a3);
}

/**
 * sums (n,) += weights . values of four times `fours` rows, n a multiple of 32; weights and sums f32, or i16 and i32
 * for values of i16. Four rows at a time meet the sums, which stay in the first-level cache.
 */
export function addRows(type: u32, weights: usize, values: usize, row: usize, sums: usize, fours: u32, n: u32): void {
  const step = row << 2;
  const last = sums + ((<usize>n) << 2);
  const four: usize = type === cache_i16 ? 8 : 16;
  for (const end = weights + <usize>fours * four; weights < end; weights += four, values += step) {
    if (type === cache_i16) addFixed(weights, values, row, sums, last);
    else if (type === cache_f32) addF32(weights, values, row, sums, last);
    else addQ8_0(weights, values, row, sums, last);
  }
}

/** Four rows of f32. */
function addF32(weights: usize, v0: usize, row: usize, at: usize, end: usize): void {
  let v1 = v0 + row;
  let v2 = v1 + row;
  let v3 = v2 + row;
  const w0 = v128.load32_splat(weights);
  const w1 = v128.load32_splat(weights, 4);
  const w2 = v128.load32_splat(weights, 8);
  const w3 = v128.load32_splat(weights, 12);
  for (; at < end; at += 32) {
    let a = madd(v128.load(v0), w0, v128.load(at));
    let b = madd(v128.load(v0, 16), w0, v128.load(at, 16));
    a = madd(v128.load(v1), w1, a);
    b = madd(v128.load(v1, 16), w1, b);
    a = madd(v128.load(v2), w2, a);
    b = madd(v128.load(v2, 16), w2, b);
    v128.store(at, madd(v128.load(v3), w3, a));
    v128.store(at, madd(v128.load(v3, 16), w3, b), 16);
    v0 += 32;
    v1 += 32;
    v2 += 32;
    v3 += 32;
  }
}

/** Four rows of q8_0, block by block. */
function addQ8_0(weights: usize, v0: usize, row: usize, at: usize, end: usize): void {
  for (; at < end; at += 128, v0 += 36) {
    const v1 = v0 + row;
    const v2 = v1 + row;
    const v3 = v2 + row;
    const w0 = f32x4.splat(load<f32>(weights) * load<f32>(v0));
    const w1 = f32x4.splat(load<f32>(weights, 4) * load<f32>(v1));
    const w2 = f32x4.splat(load<f32>(weights, 8) * load<f32>(v2));
    const w3 = f32x4.splat(load<f32>(weights, 12) * load<f32>(v3));
    for (let i: usize = 0; i < 32; i += 8) {
      const sums = at + (i << 2);
      let words = v128.load8x8_s(v0 + i, 4);
      let a = madd(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words)), w0, v128.load(sums));
      let b = madd(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(words)), w0, v128.load(sums, 16));
      words = v128.load8x8_s(v1 + i, 4);
      a = madd(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words)), w1, a);
      b = madd(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(words)), w1, b);
      words = v128.load8x8_s(v2 + i, 4);
      a = madd(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words)), w2, a);
      b = madd(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(words)), w2, b);
      words = v128.load8x8_s(v3 + i, 4);
      a = madd(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words)), w3, a);
      b = madd(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(words)), w3, b);
      v128.store(sums, a);
      v128.store(sums, b, 16);
    }
  }
}
