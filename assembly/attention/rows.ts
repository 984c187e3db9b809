/**
 * What one query alone has to do with rows of the cache, which are multiplied as they are read, without going through a
 * scratch. Lanes are columns.
 */

import { madd, orderedSumsF32x4, sumsI32x4 } from "../vector/simd";
import { cache_f32, cache_i16, Q8_0_BYTES } from "./cache";
import { addFixed, dotFixed, scalesOf } from "./rows-fixed";

/**
 * scores (4 fours,) = q . keys, q (n,) f32, scaled, for keys of f32; otherwise scale q . keys, q (n,) i16. n is a
 * multiple of 32, keys `row` bytes apart.
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
  const end = scores + ((<usize>fours) << 4);
  if (type === cache_f32) {
    for (; scores + 16 < end; scores += 32, keys += step << 1) scoreEightF32(q, keys, row, scores, n);
  }
  for (; scores < end; scores += 16, keys += step) {
    if (type === cache_i16) v128.store(scores, dotFixed(q, keys, row, n, scales));
    else if (type === cache_f32) v128.store(scores, dotF32(q, keys, row, n));
    else v128.store(scores, f32x4.mul(dotQ8_0(q, keys, row, n), scales));
  }
}

/** q . k of eight keys of f32: sums of every fourth column, added up in their order. */
function scoreEightF32(q: usize, k0: usize, row: usize, scores: usize, n: u32): void {
  const four = row << 2;
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
  for (const end = q + ((<usize>n) << 2); q < end; q += 16) {
    const a = v128.load(q);
    a0 = madd(v128.load(k0), a, a0);
    a1 = madd(v128.load(k1), a, a1);
    a2 = madd(v128.load(k2), a, a2);
    a3 = madd(v128.load(k3), a, a3);
    b0 = madd(v128.load(k0 + four), a, b0);
    b1 = madd(v128.load(k1 + four), a, b1);
    b2 = madd(v128.load(k2 + four), a, b2);
    b3 = madd(v128.load(k3 + four), a, b3);
    k0 += 16;
    k1 += 16;
    k2 += 16;
    k3 += 16;
  }
  v128.store(scores, orderedSumsF32x4(a0, a1, a2, a3));
  v128.store(scores, orderedSumsF32x4(b0, b1, b2, b3), 16);
}

/** The same of four. */
function dotF32(q: usize, k0: usize, row: usize, n: u32): v128 {
  let k1 = k0 + row;
  let k2 = k1 + row;
  let k3 = k2 + row;
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let a2 = f32x4.splat(0);
  let a3 = f32x4.splat(0);
  for (const end = q + ((<usize>n) << 2); q < end; q += 16) {
    const a = v128.load(q);
    a0 = madd(v128.load(k0), a, a0);
    a1 = madd(v128.load(k1), a, a1);
    a2 = madd(v128.load(k2), a, a2);
    a3 = madd(v128.load(k3), a, a3);
    k0 += 16;
    k1 += 16;
    k2 += 16;
    k3 += 16;
  }
  return orderedSumsF32x4(a0, a1, a2, a3);
}

/** q . k of four keys of q8_0, but for the scale of q (i16): the integers of a block are summed as such. */
function dotQ8_0(q: usize, k0: usize, row: usize, n: u32): v128 {
  let k1 = k0 + row;
  let k2 = k1 + row;
  let k3 = k2 + row;
  let sums = f32x4.splat(0);
  for (const end = q + ((<usize>n) << 1); q < end; ) {
    let b0 = i32x4.splat(0);
    let b1 = i32x4.splat(0);
    let b2 = i32x4.splat(0);
    let b3 = i32x4.splat(0);
    const scales = scalesOf(k0, row);
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
    sums = madd(f32x4.convert_i32x4_s(sumsI32x4(b0, b1, b2, b3)), scales, sums);
    k0 += 4;
    k1 += 4;
    k2 += 4;
    k3 += 4;
  }
  return sums;
}

/**
 * sums (n,) f32 = sums times `correction` + weights . values, of `count` rows, n a multiple of 32; weights f32, or i16
 * whose products are to be multiplied with `back`. A tile's sums stay in registers, columns by columns.
 */
export function addRows(
  type: u32,
  weights: usize,
  values: usize,
  row: usize,
  sums: usize,
  count: u32,
  n: u32,
  correction: f32,
  back: f32,
): void {
  const end = sums + ((<usize>n) << 2);
  const corrections = f32x4.splat(correction);
  if (type === cache_i16) {
    const backs = f32x4.splat(back);
    for (; sums < end; sums += 32, values += 16) addFixed(weights, values, row, sums, count, corrections, backs);
  } else if (type === cache_f32) {
    for (; sums < end; sums += 128, values += 128) addF32(weights, values, row, sums, count, corrections);
  } else {
    for (; sums < end; sums += 128, values += Q8_0_BYTES) addQ8_0(weights, values, row, sums, count, corrections);
  }
}

/** 32 columns of f32. */
function addF32(weights: usize, value: usize, row: usize, sums: usize, count: u32, correction: v128): void {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  let e = f32x4.splat(0);
  let f = f32x4.splat(0);
  let g = f32x4.splat(0);
  let h = f32x4.splat(0);
  for (const end = weights + ((<usize>count) << 2); weights < end; weights += 4, value += row) {
    const w = v128.load32_splat(weights);
    a = madd(w, v128.load(value), a);
    b = madd(w, v128.load(value, 16), b);
    c = madd(w, v128.load(value, 32), c);
    d = madd(w, v128.load(value, 48), d);
    e = madd(w, v128.load(value, 64), e);
    f = madd(w, v128.load(value, 80), f);
    g = madd(w, v128.load(value, 96), g);
    h = madd(w, v128.load(value, 112), h);
  }
  settle32(sums, a, b, c, d, e, f, g, h, correction);
}

/** 32 columns of q8_0: a block, whose scales go into the weights. */
function addQ8_0(weights: usize, value: usize, row: usize, sums: usize, count: u32, correction: v128): void {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  let e = f32x4.splat(0);
  let f = f32x4.splat(0);
  let g = f32x4.splat(0);
  let h = f32x4.splat(0);
  for (const end = weights + ((<usize>count) << 2); weights < end; weights += 4, value += row) {
    const w = f32x4.mul(v128.load32_splat(weights), v128.load32_splat(value));
    let words = v128.load8x8_s(value, 4);
    a = madd(w, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words)), a);
    b = madd(w, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(words)), b);
    words = v128.load8x8_s(value, 12);
    c = madd(w, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words)), c);
    d = madd(w, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(words)), d);
    words = v128.load8x8_s(value, 20);
    e = madd(w, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words)), e);
    f = madd(w, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(words)), f);
    words = v128.load8x8_s(value, 28);
    g = madd(w, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words)), g);
    h = madd(w, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(words)), h);
  }
  settle32(sums, a, b, c, d, e, f, g, h, correction);
}

/** sums (32,) = sums times `correction` + a tile's. */
function settle32(
  sums: usize,
  a: v128,
  b: v128,
  c: v128,
  d: v128,
  e: v128,
  f: v128,
  g: v128,
  h: v128,
  correction: v128,
): void {
  v128.store(sums, madd(v128.load(sums), correction, a));
  v128.store(sums, madd(v128.load(sums, 16), correction, b), 16);
  v128.store(sums, madd(v128.load(sums, 32), correction, c), 32);
  v128.store(sums, madd(v128.load(sums, 48), correction, d), 48);
  v128.store(sums, madd(v128.load(sums, 64), correction, e), 64);
  v128.store(sums, madd(v128.load(sums, 80), correction, f), 80);
  v128.store(sums, madd(v128.load(sums, 96), correction, g), 96);
  v128.store(sums, madd(v128.load(sums, 112), correction, h), 112);
}
