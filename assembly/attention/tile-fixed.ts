/**
 * The two products over a tile of positions whose keys or values are 16-bit integers (fixed.ts), read where they lie.
 * One instruction multiplies eight pairs and adds them by twos, where floats take two: `i32x4.dot_i16x8_s`. So the
 * operands come in pairs of neighbours, columns for the scores and positions for the values:
 *
 * ```
 * queries   panels as in scratch.ts, each (width / 2, 8 or 4) pairs of i16
 * scales    (QUERIES,) f32: what a query's integers stand for, times the scale of attention
 * weights   (TILE / 2, QUERIES) pairs of i16, in the place of the scores
 * backs     (QUERIES,) f32: what a tile's sums of integers stand for
 * ```
 *
 * Integers add up to the same in any order: these functions differ in shape only.
 */
import { interleaveHigh, interleaveLow, madd } from "../vector/simd";
import { BACK, CORRECTION, SCORES_ROW } from "./scratch";

/** scores[i, 0..8] = queries[0..8] . keys[i] for i < count; as scores8 of tile.ts. keys `row` bytes apart. */
export function fixedScores8(
  queries: usize,
  scales: usize,
  keys: usize,
  row: usize,
  scores: usize,
  count: u32,
  width: u32,
): void {
  const end = queries + ((<usize>width) << 4);
  const last = keys + <usize>(count - 1) * row;
  for (let i: u32 = 0; i < count; i += 4, keys += row << 2, scores += 4 * SCORES_ROW) {
    let k0 = keys;
    let k1 = min(k0 + row, last);
    let k2 = min(k1 + row, last);
    let k3 = min(k2 + row, last);
    let a0 = i32x4.splat(0);
    let a1 = i32x4.splat(0);
    let a2 = i32x4.splat(0);
    let a3 = i32x4.splat(0);
    let b0 = i32x4.splat(0);
    let b1 = i32x4.splat(0);
    let b2 = i32x4.splat(0);
    let b3 = i32x4.splat(0);
    for (let at = queries; at < end; at += 32) {
      const a = v128.load(at);
      const b = v128.load(at, 16);
      let k = v128.load32_splat(k0);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(a, k));
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(b, k));
      k = v128.load32_splat(k1);
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(a, k));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(b, k));
      k = v128.load32_splat(k2);
      a2 = i32x4.add(a2, i32x4.dot_i16x8_s(a, k));
      b2 = i32x4.add(b2, i32x4.dot_i16x8_s(b, k));
      k = v128.load32_splat(k3);
      a3 = i32x4.add(a3, i32x4.dot_i16x8_s(a, k));
      b3 = i32x4.add(b3, i32x4.dot_i16x8_s(b, k));
      k0 += 4;
      k1 += 4;
      k2 += 4;
      k3 += 4;
    }
    const s = v128.load(scales);
    const t = v128.load(scales, 16);
    // The pointers are behind the integers now, where the scales are.
    let k = v128.load32_splat(k0);
    v128.store(scores, scaled(a0, s, k));
    v128.store(scores, scaled(b0, t, k), 16);
    k = v128.load32_splat(k1);
    v128.store(scores, scaled(a1, s, k), SCORES_ROW);
    v128.store(scores, scaled(b1, t, k), SCORES_ROW + 16);
    k = v128.load32_splat(k2);
    v128.store(scores, scaled(a2, s, k), 2 * SCORES_ROW);
    v128.store(scores, scaled(b2, t, k), 2 * SCORES_ROW + 16);
    k = v128.load32_splat(k3);
    v128.store(scores, scaled(a3, s, k), 3 * SCORES_ROW);
    v128.store(scores, scaled(b3, t, k), 3 * SCORES_ROW + 16);
  }
}

/** {@link fixedScores8} of four queries. */
export function fixedScores4(
  queries: usize,
  scales: usize,
  keys: usize,
  row: usize,
  scores: usize,
  count: u32,
  width: u32,
): void {
  const end = queries + ((<usize>width) << 3);
  const last = keys + <usize>(count - 1) * row;
  for (let i: u32 = 0; i < count; i += 4, keys += row << 2, scores += 4 * SCORES_ROW) {
    let k0 = keys;
    let k1 = min(k0 + row, last);
    let k2 = min(k1 + row, last);
    let k3 = min(k2 + row, last);
    let a0 = i32x4.splat(0);
    let a1 = i32x4.splat(0);
    let a2 = i32x4.splat(0);
    let a3 = i32x4.splat(0);
    let b0 = i32x4.splat(0);
    let b1 = i32x4.splat(0);
    let b2 = i32x4.splat(0);
    let b3 = i32x4.splat(0);
    for (let at = queries; at < end; at += 64) {
      let a = v128.load(at);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(a, v128.load32_splat(k0)));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(a, v128.load32_splat(k1)));
      a2 = i32x4.add(a2, i32x4.dot_i16x8_s(a, v128.load32_splat(k2)));
      a3 = i32x4.add(a3, i32x4.dot_i16x8_s(a, v128.load32_splat(k3)));
      a = v128.load(at, 16);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(a, v128.load32_splat(k0, 4)));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(a, v128.load32_splat(k1, 4)));
      b2 = i32x4.add(b2, i32x4.dot_i16x8_s(a, v128.load32_splat(k2, 4)));
      b3 = i32x4.add(b3, i32x4.dot_i16x8_s(a, v128.load32_splat(k3, 4)));
      a = v128.load(at, 32);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(a, v128.load32_splat(k0, 8)));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(a, v128.load32_splat(k1, 8)));
      a2 = i32x4.add(a2, i32x4.dot_i16x8_s(a, v128.load32_splat(k2, 8)));
      a3 = i32x4.add(a3, i32x4.dot_i16x8_s(a, v128.load32_splat(k3, 8)));
      a = v128.load(at, 48);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(a, v128.load32_splat(k0, 12)));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(a, v128.load32_splat(k1, 12)));
      b2 = i32x4.add(b2, i32x4.dot_i16x8_s(a, v128.load32_splat(k2, 12)));
      b3 = i32x4.add(b3, i32x4.dot_i16x8_s(a, v128.load32_splat(k3, 12)));
      k0 += 16;
      k1 += 16;
      k2 += 16;
      k3 += 16;
    }
    const s = v128.load(scales);
    v128.store(scores, scaled(i32x4.add(a0, b0), s, v128.load32_splat(k0)));
    v128.store(scores, scaled(i32x4.add(a1, b1), s, v128.load32_splat(k1)), SCORES_ROW);
    v128.store(scores, scaled(i32x4.add(a2, b2), s, v128.load32_splat(k2)), 2 * SCORES_ROW);
    v128.store(scores, scaled(i32x4.add(a3, b3), s, v128.load32_splat(k3)), 3 * SCORES_ROW);
  }
}

/** What the integers stand for. In this order of products every query gets the same, whoever is beside it. */
function scaled(integers: v128, queries: v128, key: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(integers), f32x4.mul(queries, key));
}

/**
 * Brings the rows of two positions together: target (count / 2 rounded up, width) pairs of i16. A last position without
 * a partner goes with itself: its partner's weight is 0. values `row` bytes apart
 */
export function pairValues(values: usize, row: usize, target: usize, count: u32, width: u32): void {
  const bytes = (<usize>width) << 1;
  for (let i: u32 = 0; i < count; i += 2, values += row << 1) {
    const second = values + (i + 1 < count ? row : 0);
    for (let at: usize = 0; at < bytes; at += 16, target += 32) {
      const a = v128.load(values + at);
      const b = v128.load(second + at);
      v128.store(target, interleaveLow(a, b));
      v128.store(target, interleaveHigh(a, b), 16);
    }
  }
}

/**
 * sums[q] = sums[q] * corrections[q] + backs[q] * sum over p < count of weights[p, q] * pairs[p], for eight queries:
 * two vectors of them meet four columns. sums (width, 8) f32
 */
export function fixedValues8(weights: usize, pairs: usize, sums: usize, stats: usize, count: u32, width: u32): void {
  const end = weights + <usize>count * SCORES_ROW;
  const row = (<usize>width) << 2;
  for (const stop = pairs + row; pairs < stop; pairs += 16, sums += 128) {
    let a0 = i32x4.splat(0);
    let a1 = i32x4.splat(0);
    let a2 = i32x4.splat(0);
    let a3 = i32x4.splat(0);
    let b0 = i32x4.splat(0);
    let b1 = i32x4.splat(0);
    let b2 = i32x4.splat(0);
    let b3 = i32x4.splat(0);
    for (let at = weights, pair = pairs; at < end; at += SCORES_ROW, pair += row) {
      const a = v128.load(at);
      const b = v128.load(at, 16);
      let v = v128.load32_splat(pair);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(a, v));
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(b, v));
      v = v128.load32_splat(pair, 4);
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(a, v));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(b, v));
      v = v128.load32_splat(pair, 8);
      a2 = i32x4.add(a2, i32x4.dot_i16x8_s(a, v));
      b2 = i32x4.add(b2, i32x4.dot_i16x8_s(b, v));
      v = v128.load32_splat(pair, 12);
      a3 = i32x4.add(a3, i32x4.dot_i16x8_s(a, v));
      b3 = i32x4.add(b3, i32x4.dot_i16x8_s(b, v));
    }
    settle8(sums, a0, b0, stats);
    settle8(sums + 32, a1, b1, stats);
    settle8(sums + 64, a2, b2, stats);
    settle8(sums + 96, a3, b3, stats);
  }
}

/** {@link fixedValues8} of four queries, eight columns at a time. sums (width, 4) f32 */
export function fixedValues4(weights: usize, pairs: usize, sums: usize, stats: usize, count: u32, width: u32): void {
  const end = weights + <usize>count * SCORES_ROW;
  const row = (<usize>width) << 2;
  for (const stop = pairs + row; pairs < stop; pairs += 16, sums += 64) {
    let a0 = i32x4.splat(0);
    let a1 = i32x4.splat(0);
    let a2 = i32x4.splat(0);
    let a3 = i32x4.splat(0);
    for (let at = weights, pair = pairs; at < end; at += SCORES_ROW, pair += row) {
      const a = v128.load(at);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(a, v128.load32_splat(pair)));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(a, v128.load32_splat(pair, 4)));
      a2 = i32x4.add(a2, i32x4.dot_i16x8_s(a, v128.load32_splat(pair, 8)));
      a3 = i32x4.add(a3, i32x4.dot_i16x8_s(a, v128.load32_splat(pair, 12)));
    }
    const correction = v128.load(stats, CORRECTION);
    const back = v128.load(stats, BACK);
    settle(sums, a0, correction, back);
    settle(sums + 16, a1, correction, back);
    settle(sums + 32, a2, correction, back);
    settle(sums + 48, a3, correction, back);
  }
}

/** {@link settle} of eight queries: their vectors are joined only if nothing is stored between what makes them. */
function settle8(sums: usize, first: v128, second: v128, stats: usize): void {
  first = f32x4.mul(f32x4.convert_i32x4_s(first), v128.load(stats, BACK));
  second = f32x4.mul(f32x4.convert_i32x4_s(second), v128.load(stats, BACK + 16));
  first = madd(v128.load(sums), v128.load(stats, CORRECTION), first);
  second = madd(v128.load(sums, 16), v128.load(stats, CORRECTION + 16), second);
  v128.store(sums, first);
  v128.store(sums, second, 16);
}

function settle(sums: usize, integers: v128, correction: v128, back: v128): void {
  v128.store(sums, madd(v128.load(sums), correction, f32x4.mul(f32x4.convert_i32x4_s(integers), back)));
}
