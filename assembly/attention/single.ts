/**
 * Attention of one query alone, as decoding with multi-head attention has it: rows are multiplied as they are read,
 * without going through a scratch of floats. Lanes are columns of the scores and positions of the softmax.
 *
 * Rows come in eights. The rows of an eight are `side` bytes apart, one eight is `step` bytes behind the last: in a
 * long cache they are eight streams from places far apart, at its end eight neighbours.
 */
import { halfToFloat } from "../half";
import { F16, F32, HALF_MASKS, interleaveHigh, interleaveLow, isPoisoned } from "../kv-cache";
import { madd, maxF32x4, sumF32x4, sumsF32x4 } from "../simd";
import { expDecay } from "./decay";

/** Positions of a tile; the scratch (tile.ts) has room for four times as many scores. */
export const SINGLE_TILE: u32 = 256;

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

/** Scores of `eights` times eight keys; q (n,) with {@link queryFactor}, n a multiple of 32. */
export function scoreRows(
  type: u32,
  q: usize,
  keys: usize,
  side: usize,
  step: usize,
  scores: usize,
  eights: u32,
  n: u32,
): void {
  for (let i: u32 = 0; i < eights; i++, keys += step, scores += 32) {
    if (type === F16) {
      v128.store(scores, dotF16(q, keys, side, n));
      v128.store(scores, dotF16(q, keys + (side << 2), side, n), 16);
    } else if (type === F32) {
      v128.store(scores, dotF32(q, keys, side, n));
      v128.store(scores, dotF32(q, keys + (side << 2), side, n), 16);
    } else {
      v128.store(scores, dotQ8_0(q, keys, side, n));
      v128.store(scores, dotQ8_0(q, keys + (side << 2), side, n), 16);
    }
  }
}

/** q . k of four keys of f16. */
function dotF16(q: usize, k0: usize, side: usize, n: u32): v128 {
  const masks = v128.load(HALF_MASKS);
  let k1 = k0 + side;
  let k2 = k1 + side;
  let k3 = k2 + side;
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
function dotF32(q: usize, k0: usize, side: usize, n: u32): v128 {
  let k1 = k0 + side;
  let k2 = k1 + side;
  let k3 = k2 + side;
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
function dotQ8_0(q: usize, k0: usize, side: usize, n: u32): v128 {
  const k1 = k0 + side;
  const k2 = k1 + side;
  const k3 = k2 + side;
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

/** sums (n,) = sums * correction + weights . values of `eights` times eight rows, n a multiple of 32. */
export function addRows(
  type: u32,
  weights: usize,
  values: usize,
  side: usize,
  step: usize,
  sums: usize,
  correction: f32,
  eights: u32,
  n: u32,
): void {
  let factor = correction;
  if (type === F16 && areAnyPoisoned(values, side, step, eights)) factor = f32.NaN;
  const bytes: usize = type === F16 ? 64 : type === F32 ? 128 : 34;
  for (const end = sums + ((<usize>n) << 2); sums < end; sums += 128, values += bytes) {
    if (type === F16) addF16(weights, values, side, step, sums, factor, eights);
    else if (type === F32) addF32(weights, values, side, step, sums, factor, eights);
    else addQ8_0(weights, values, side, step, sums, factor, eights);
  }
}

function areAnyPoisoned(values: usize, side: usize, step: usize, eights: u32): bool {
  let any = false;
  for (let i: u32 = 0; i < eights; i++, values += step) {
    let at = values;
    for (let row = 0; row < 8; row++, at += side) any = any || isPoisoned(at);
  }
  return any;
}

function storeSums(sums: usize, factor: v128, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(sums, madd(v128.load(sums), factor, a));
  v128.store(sums, madd(v128.load(sums, 16), factor, b), 16);
  v128.store(sums, madd(v128.load(sums, 32), factor, c), 32);
  v128.store(sums, madd(v128.load(sums, 48), factor, d), 48);
}

/** 32 columns of values of f16, one cache line of each row. */
function addF16(weights: usize, values: usize, side: usize, step: usize, sums: usize, factor: f32, eights: u32): void {
  const masks = v128.load(HALF_MASKS);
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let a2 = f32x4.splat(0);
  let a3 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let b1 = f32x4.splat(0);
  let b2 = f32x4.splat(0);
  let b3 = f32x4.splat(0);
  for (let i: u32 = 0; i < eights; i++, values += step) {
    let at = values;
    for (const end = weights + 32; weights < end; weights += 4, at += side) {
      const w = v128.load32_splat(weights);
      let halves = v128.load(at);
      let upper = v128.and(i16x8.shr_s(halves, 3), masks);
      let lower = i16x8.shl(halves, 13);
      a0 = madd(interleaveLow(lower, upper), w, a0);
      b0 = madd(interleaveHigh(lower, upper), w, b0);
      halves = v128.load(at, 16);
      upper = v128.and(i16x8.shr_s(halves, 3), masks);
      lower = i16x8.shl(halves, 13);
      a1 = madd(interleaveLow(lower, upper), w, a1);
      b1 = madd(interleaveHigh(lower, upper), w, b1);
      halves = v128.load(at, 32);
      upper = v128.and(i16x8.shr_s(halves, 3), masks);
      lower = i16x8.shl(halves, 13);
      a2 = madd(interleaveLow(lower, upper), w, a2);
      b2 = madd(interleaveHigh(lower, upper), w, b2);
      halves = v128.load(at, 48);
      upper = v128.and(i16x8.shr_s(halves, 3), masks);
      lower = i16x8.shl(halves, 13);
      a3 = madd(interleaveLow(lower, upper), w, a3);
      b3 = madd(interleaveHigh(lower, upper), w, b3);
    }
  }
  storeSums(sums, f32x4.splat(factor), a0, b0, a1, b1);
  storeSums(sums + 64, f32x4.splat(factor), a2, b2, a3, b3);
}

/** 32 columns of values of f32. */
function addF32(weights: usize, values: usize, side: usize, step: usize, sums: usize, factor: f32, eights: u32): void {
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let a2 = f32x4.splat(0);
  let a3 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let b1 = f32x4.splat(0);
  let b2 = f32x4.splat(0);
  let b3 = f32x4.splat(0);
  for (let i: u32 = 0; i < eights; i++, values += step) {
    let at = values;
    for (const end = weights + 32; weights < end; weights += 4, at += side) {
      const w = v128.load32_splat(weights);
      a0 = madd(v128.load(at), w, a0);
      b0 = madd(v128.load(at, 16), w, b0);
      a1 = madd(v128.load(at, 32), w, a1);
      b1 = madd(v128.load(at, 48), w, b1);
      a2 = madd(v128.load(at, 64), w, a2);
      b2 = madd(v128.load(at, 80), w, b2);
      a3 = madd(v128.load(at, 96), w, a3);
      b3 = madd(v128.load(at, 112), w, b3);
    }
  }
  storeSums(sums, f32x4.splat(factor), a0, b0, a1, b1);
  storeSums(sums + 64, f32x4.splat(factor), a2, b2, a3, b3);
}

/** A block of 32 columns of values of q8_0. */
function addQ8_0(weights: usize, values: usize, side: usize, step: usize, sums: usize, factor: f32, eights: u32): void {
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let a2 = f32x4.splat(0);
  let a3 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let b1 = f32x4.splat(0);
  let b2 = f32x4.splat(0);
  let b3 = f32x4.splat(0);
  for (let i: u32 = 0; i < eights; i++, values += step) {
    let at = values;
    for (const end = weights + 32; weights < end; weights += 4, at += side) {
      const w = f32x4.splat(load<f32>(weights) * halfToFloat(load<u16>(at)));
      let words = v128.load8x8_s(at, 2);
      a0 = madd(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words)), w, a0);
      b0 = madd(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(words)), w, b0);
      words = v128.load8x8_s(at, 10);
      a1 = madd(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words)), w, a1);
      b1 = madd(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(words)), w, b1);
      words = v128.load8x8_s(at, 18);
      a2 = madd(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words)), w, a2);
      b2 = madd(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(words)), w, b2);
      words = v128.load8x8_s(at, 26);
      a3 = madd(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words)), w, a3);
      b3 = madd(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(words)), w, b3);
    }
  }
  storeSums(sums, f32x4.splat(factor), a0, b0, a1, b1);
  storeSums(sums + 64, f32x4.splat(factor), a2, b2, a3, b3);
}
