/**
 * Attention of one query alone, as decoding with multi-head attention has it: rows are multiplied as they are read,
 * without going through a scratch of floats. Lanes are columns of the products and positions of the softmax.
 *
 * Rows come in fours, one behind the other. Measured from DRAM, reading whole rows in order is fastest: rows from
 * four or eight places far apart, a part of each row at a time, or touching rows ahead reach a half to three quarters.
 */
import { halfToFloat } from "../half";
import { F16, F32, HALF_MASKS, interleaveHigh, interleaveLow, isPoisoned } from "../kv-cache";
import { madd, maxF32x4, sumF32x4, sumsF32x4 } from "../simd";
import { expDecay } from "./decay";

/** Positions of a tile; the scratch (tile.ts) has room for twice as many scores. */
export const SINGLE_TILE: u32 = 512;

/**
 * Halves are not rescaled to floats one by one: shifted into place they are 2^112 too small, and so the query and
 * the scores take 2^56 each, and the weights 2^112.
 */
const ROOT: f32 = 7.205759403792794e16;
const REBIAS: f32 = 5.192296858534828e33;

/** What the query is to be multiplied with before it meets keys of the type, beside the scale. */
export function queryFactor(keyType: u32): f32 {
  return keyType === F16 ? ROOT : 1;
}

/** scores (4 fours,) = q . keys; q (n,) with {@link queryFactor}, n a multiple of 32, keys `row` bytes apart. */
export function scoreRows(type: u32, q: usize, keys: usize, row: usize, scores: usize, fours: u32, n: u32): void {
  const step = row << 2;
  for (const end = scores + ((<usize>fours) << 4); scores < end; scores += 16, keys += step) {
    if (type === F16) v128.store(scores, dotF16(q, keys, row, n));
    else if (type === F32) v128.store(scores, dotF32(q, keys, row, n));
    else v128.store(scores, dotQ8_0(q, keys, row, n));
  }
}

/** q . k of four keys of f16. */
function dotF16(q: usize, k0: usize, row: usize, n: u32): v128 {
  const masks = v128.load(HALF_MASKS);
  let k1 = k0 + row;
  let k2 = k1 + row;
  let k3 = k2 + row;
  const poisoned = isPoisoned(k0) || isPoisoned(k1) || isPoisoned(k2) || isPoisoned(k3);
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let a2 = f32x4.splat(0);
  let a3 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let b1 = f32x4.splat(0);
  let b2 = f32x4.splat(0);
  let b3 = f32x4.splat(0);
  for (const end = q + ((<usize>n) << 2); q < end; q += 64) {
    let a = v128.load(q);
    let b = v128.load(q, 16);
    let halves = v128.load(k0);
    let upper = v128.and(i16x8.shr_s(halves, 3), masks);
    let lower = i16x8.shl(halves, 13);
    a0 = madd(interleaveLow(lower, upper), a, a0);
    b0 = madd(interleaveHigh(lower, upper), b, b0);
    halves = v128.load(k1);
    upper = v128.and(i16x8.shr_s(halves, 3), masks);
    lower = i16x8.shl(halves, 13);
    a1 = madd(interleaveLow(lower, upper), a, a1);
    b1 = madd(interleaveHigh(lower, upper), b, b1);
    halves = v128.load(k2);
    upper = v128.and(i16x8.shr_s(halves, 3), masks);
    lower = i16x8.shl(halves, 13);
    a2 = madd(interleaveLow(lower, upper), a, a2);
    b2 = madd(interleaveHigh(lower, upper), b, b2);
    halves = v128.load(k3);
    upper = v128.and(i16x8.shr_s(halves, 3), masks);
    lower = i16x8.shl(halves, 13);
    a3 = madd(interleaveLow(lower, upper), a, a3);
    b3 = madd(interleaveHigh(lower, upper), b, b3);
    a = v128.load(q, 32);
    b = v128.load(q, 48);
    halves = v128.load(k0, 16);
    upper = v128.and(i16x8.shr_s(halves, 3), masks);
    lower = i16x8.shl(halves, 13);
    a0 = madd(interleaveLow(lower, upper), a, a0);
    b0 = madd(interleaveHigh(lower, upper), b, b0);
    halves = v128.load(k1, 16);
    upper = v128.and(i16x8.shr_s(halves, 3), masks);
    lower = i16x8.shl(halves, 13);
    a1 = madd(interleaveLow(lower, upper), a, a1);
    b1 = madd(interleaveHigh(lower, upper), b, b1);
    halves = v128.load(k2, 16);
    upper = v128.and(i16x8.shr_s(halves, 3), masks);
    lower = i16x8.shl(halves, 13);
    a2 = madd(interleaveLow(lower, upper), a, a2);
    b2 = madd(interleaveHigh(lower, upper), b, b2);
    halves = v128.load(k3, 16);
    upper = v128.and(i16x8.shr_s(halves, 3), masks);
    lower = i16x8.shl(halves, 13);
    a3 = madd(interleaveLow(lower, upper), a, a3);
    b3 = madd(interleaveHigh(lower, upper), b, b3);
    k0 += 32;
    k1 += 32;
    k2 += 32;
    k3 += 32;
  }
  // One NaN is as good as four: they share a softmax.
  if (poisoned) return f32x4.splat(f32.NaN);
  const sums = sumsF32x4(f32x4.add(a0, b0), f32x4.add(a1, b1), f32x4.add(a2, b2), f32x4.add(a3, b3));
  return f32x4.mul(sums, f32x4.splat(ROOT));
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

/** q . k of four keys of q8_0. */
function dotQ8_0(q: usize, k0: usize, row: usize, n: u32): v128 {
  const k1 = k0 + row;
  const k2 = k1 + row;
  const k3 = k2 + row;
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let a2 = f32x4.splat(0);
  let a3 = f32x4.splat(0);
  let block: usize = 0;
  for (const end = q + ((<usize>n) << 2); q < end; q += 128, block += 34) {
    a0 = madd(dotBlock(q, k0 + block), f32x4.splat(halfToFloat(load<u16>(k0 + block))), a0);
    a1 = madd(dotBlock(q, k1 + block), f32x4.splat(halfToFloat(load<u16>(k1 + block))), a1);
    a2 = madd(dotBlock(q, k2 + block), f32x4.splat(halfToFloat(load<u16>(k2 + block))), a2);
    a3 = madd(dotBlock(q, k3 + block), f32x4.splat(halfToFloat(load<u16>(k3 + block))), a3);
  }
  return sumsF32x4(a0, a1, a2, a3);
}

/** The products of 32 values with a block's integers, as four sums. */
function dotBlock(q: usize, block: usize): v128 {
  let words = v128.load8x8_s(block, 2);
  let a = f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words)), v128.load(q));
  let b = f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(words)), v128.load(q, 16));
  words = v128.load8x8_s(block, 10);
  a = madd(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words)), v128.load(q, 32), a);
  b = madd(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(words)), v128.load(q, 48), b);
  words = v128.load8x8_s(block, 18);
  a = madd(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words)), v128.load(q, 64), a);
  b = madd(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(words)), v128.load(q, 80), b);
  words = v128.load8x8_s(block, 26);
  a = madd(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words)), v128.load(q, 96), a);
  b = madd(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(words)), v128.load(q, 112), b);
  return f32x4.add(a, b);
}

/**
 * Online softmax of `count` scores (a multiple of 4) in place; stats: highest and total so far, f32. Returns what
 * earlier sums are to be multiplied with. The weights come out with what values of the type need.
 */
export function weighRow(scores: usize, stats: usize, count: u32, valueType: u32): f32 {
  const end = scores + ((<usize>count) << 2);
  const before = load<f32>(stats);
  let lanes = f32x4.splat(before);
  // pmax passes over NaN, which is found again as the weight.
  for (let at = scores; at < end; at += 16) lanes = f32x4.pmax(lanes, v128.load(at));
  const highest = maxF32x4(lanes);
  const shift = f32x4.splat(highest);
  const factor = f32x4.splat(valueType === F16 ? REBIAS : 1);
  let total = f32x4.splat(0);
  for (let at = scores; at < end; at += 16) {
    const weight = expDecay(f32x4.sub(v128.load(at), shift));
    total = f32x4.add(total, weight);
    v128.store(at, f32x4.mul(weight, factor));
  }
  const correction = f32x4.extract_lane(expDecay(f32x4.splat(before - highest)), 0);
  store<f32>(stats, highest);
  store<f32>(stats, load<f32>(stats, 4) * correction + sumF32x4(total), 4);
  return correction;
}

/**
 * sums (n,) += weights . values of four times `fours` rows, n a multiple of 32. Four rows at a time meet the sums,
 * which stay in the first-level cache.
 */
export function addRows(type: u32, weights: usize, values: usize, row: usize, sums: usize, fours: u32, n: u32): void {
  const step = row << 2;
  const last = sums + ((<usize>n) << 2);
  for (const end = weights + ((<usize>fours) << 4); weights < end; weights += 16, values += step) {
    if (type === F16) addF16(weights, values, row, sums, last);
    else if (type === F32) addF32(weights, values, row, sums, last);
    else addQ8_0(weights, values, row, sums, last);
  }
}

/** Four rows of f16. */
function addF16(weights: usize, v0: usize, row: usize, at: usize, end: usize): void {
  const masks = v128.load(HALF_MASKS);
  let v1 = v0 + row;
  let v2 = v1 + row;
  let v3 = v2 + row;
  // One NaN is as good as four: their weights are of one softmax.
  const poisoned = isPoisoned(v0) || isPoisoned(v1) || isPoisoned(v2) || isPoisoned(v3);
  const w0 = poisoned ? f32x4.splat(f32.NaN) : v128.load32_splat(weights);
  const w1 = v128.load32_splat(weights, 4);
  const w2 = v128.load32_splat(weights, 8);
  const w3 = v128.load32_splat(weights, 12);
  for (; at < end; at += 64) {
    let a = v128.load(at);
    let b = v128.load(at, 16);
    let halves = v128.load(v0);
    let upper = v128.and(i16x8.shr_s(halves, 3), masks);
    let lower = i16x8.shl(halves, 13);
    a = madd(interleaveLow(lower, upper), w0, a);
    b = madd(interleaveHigh(lower, upper), w0, b);
    halves = v128.load(v1);
    upper = v128.and(i16x8.shr_s(halves, 3), masks);
    lower = i16x8.shl(halves, 13);
    a = madd(interleaveLow(lower, upper), w1, a);
    b = madd(interleaveHigh(lower, upper), w1, b);
    halves = v128.load(v2);
    upper = v128.and(i16x8.shr_s(halves, 3), masks);
    lower = i16x8.shl(halves, 13);
    a = madd(interleaveLow(lower, upper), w2, a);
    b = madd(interleaveHigh(lower, upper), w2, b);
    halves = v128.load(v3);
    upper = v128.and(i16x8.shr_s(halves, 3), masks);
    lower = i16x8.shl(halves, 13);
    a = madd(interleaveLow(lower, upper), w3, a);
    b = madd(interleaveHigh(lower, upper), w3, b);
    v128.store(at, a);
    v128.store(at, b, 16);
    a = v128.load(at, 32);
    b = v128.load(at, 48);
    halves = v128.load(v0, 16);
    upper = v128.and(i16x8.shr_s(halves, 3), masks);
    lower = i16x8.shl(halves, 13);
    a = madd(interleaveLow(lower, upper), w0, a);
    b = madd(interleaveHigh(lower, upper), w0, b);
    halves = v128.load(v1, 16);
    upper = v128.and(i16x8.shr_s(halves, 3), masks);
    lower = i16x8.shl(halves, 13);
    a = madd(interleaveLow(lower, upper), w1, a);
    b = madd(interleaveHigh(lower, upper), w1, b);
    halves = v128.load(v2, 16);
    upper = v128.and(i16x8.shr_s(halves, 3), masks);
    lower = i16x8.shl(halves, 13);
    a = madd(interleaveLow(lower, upper), w2, a);
    b = madd(interleaveHigh(lower, upper), w2, b);
    halves = v128.load(v3, 16);
    upper = v128.and(i16x8.shr_s(halves, 3), masks);
    lower = i16x8.shl(halves, 13);
    a = madd(interleaveLow(lower, upper), w3, a);
    b = madd(interleaveHigh(lower, upper), w3, b);
    v128.store(at, a, 32);
    v128.store(at, b, 48);
    v0 += 32;
    v1 += 32;
    v2 += 32;
    v3 += 32;
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
  for (; at < end; at += 128, v0 += 34) {
    const v1 = v0 + row;
    const v2 = v1 + row;
    const v3 = v2 + row;
    const w0 = f32x4.splat(load<f32>(weights) * halfToFloat(load<u16>(v0)));
    const w1 = f32x4.splat(load<f32>(weights, 4) * halfToFloat(load<u16>(v1)));
    const w2 = f32x4.splat(load<f32>(weights, 8) * halfToFloat(load<u16>(v2)));
    const w3 = f32x4.splat(load<f32>(weights, 12) * halfToFloat(load<u16>(v3)));
    for (let i: usize = 0; i < 32; i += 8) {
      const sums = at + (i << 2);
      let words = v128.load8x8_s(v0 + i, 2);
      let a = madd(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words)), w0, v128.load(sums));
      let b = madd(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(words)), w0, v128.load(sums, 16));
      words = v128.load8x8_s(v1 + i, 2);
      a = madd(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words)), w1, a);
      b = madd(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(words)), w1, b);
      words = v128.load8x8_s(v2 + i, 2);
      a = madd(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words)), w2, a);
      b = madd(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(words)), w2, b);
      words = v128.load8x8_s(v3 + i, 2);
      a = madd(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words)), w3, a);
      b = madd(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(words)), w3, b);
      v128.store(sums, a);
      v128.store(sums, b, 16);
    }
  }
}
