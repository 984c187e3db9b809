/**
 * The scratch of attention (bytes in src/kernels/exports.ts), and the two products over a tile of positions.
 * Queries are lanes: a tile's scores need no sum across lanes, and neither does their softmax.
 *
 * ```
 * queries   panels of 8 queries (the last of 4, where that is enough), each (width, 8 or 4) f32, scaled
 * rows      (TILE, width) f32: the tile's keys, then its values
 * scores    (TILE, QUERIES) f32: scores, then weights
 * sums      (QUERIES, width) f32: the weighted sums of values so far
 * stats     highest (QUERIES,), total (QUERIES,), correction (QUERIES,), visible (QUERIES,), f32 and last u32
 * ```
 *
 * `width` is the head size rounded up to 8; the columns beyond are 0.
 */
import { madd } from "../simd";

/** Query heads and tokens that go through the cache together. */
export const QUERIES: u32 = 32;
/** Positions of a tile: its keys as f32, then its values, stay in the first-level cache. */
export const TILE: u32 = 32;
/** Bytes from one position's scores to the next. */
export const SCORES_ROW: usize = (<usize>QUERIES) << 2;

/** Writes the first half of a sum, or adds the second to it: two shorter sums round less than one long one. */
function put(at: usize, sum: v128, isSecond: bool): void {
  v128.store(at, isSecond ? f32x4.add(v128.load(at), sum) : sum);
}

/**
 * scores[i, 0..8] = queries[0..8] . rows[i] for i < count: two vectors of queries meet four positions.
 * Up to three positions past the last are computed as well, and read by nobody.
 */
export function scores8(queries: usize, rows: usize, scores: usize, count: u32, width: u32): void {
  const row = (<usize>width) << 2;
  const half = row << 2;
  for (let i: u32 = 0; i < count; i += 4) {
    scores8of4(queries, queries + half, rows, row, scores, false);
    scores8of4(queries + half, queries + 2 * half, rows + (row >> 1), row, scores, true);
    rows += row << 2;
    scores += 4 * SCORES_ROW;
  }
}

/** Half of the columns of four positions. */
function scores8of4(at: usize, end: usize, k0: usize, row: usize, scores: usize, isSecond: bool): void {
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
  for (; at < end; at += 64) {
    let a = v128.load(at);
    let b = v128.load(at, 16);
    let k = v128.load32_splat(k0);
    a0 = madd(a, k, a0);
    b0 = madd(b, k, b0);
    k = v128.load32_splat(k1);
    a1 = madd(a, k, a1);
    b1 = madd(b, k, b1);
    k = v128.load32_splat(k2);
    a2 = madd(a, k, a2);
    b2 = madd(b, k, b2);
    k = v128.load32_splat(k3);
    a3 = madd(a, k, a3);
    b3 = madd(b, k, b3);
    a = v128.load(at, 32);
    b = v128.load(at, 48);
    k = v128.load32_splat(k0, 4);
    a0 = madd(a, k, a0);
    b0 = madd(b, k, b0);
    k = v128.load32_splat(k1, 4);
    a1 = madd(a, k, a1);
    b1 = madd(b, k, b1);
    k = v128.load32_splat(k2, 4);
    a2 = madd(a, k, a2);
    b2 = madd(b, k, b2);
    k = v128.load32_splat(k3, 4);
    a3 = madd(a, k, a3);
    b3 = madd(b, k, b3);
    k0 += 8;
    k1 += 8;
    k2 += 8;
    k3 += 8;
  }
  put(scores, a0, isSecond);
  put(scores + 16, b0, isSecond);
  put(scores + SCORES_ROW, a1, isSecond);
  put(scores + SCORES_ROW + 16, b1, isSecond);
  put(scores + 2 * SCORES_ROW, a2, isSecond);
  put(scores + 2 * SCORES_ROW + 16, b2, isSecond);
  put(scores + 3 * SCORES_ROW, a3, isSecond);
  put(scores + 3 * SCORES_ROW + 16, b3, isSecond);
}

/** {@link scores8} of four queries, eight positions at a time: the same sums in the same order. */
export function scores4(queries: usize, rows: usize, scores: usize, count: u32, width: u32): void {
  const row = (<usize>width) << 2;
  const half = row << 1;
  for (let i: u32 = 0; i < count; i += 8) {
    scores4of8(queries, queries + half, rows, row, scores, false);
    scores4of8(queries + half, queries + 2 * half, rows + (row >> 1), row, scores, true);
    rows += row << 3;
    scores += 8 * SCORES_ROW;
  }
}

/** Half of the columns of eight positions. */
function scores4of8(at: usize, end: usize, k0: usize, row: usize, scores: usize, isSecond: bool): void {
  const four = row << 2;
  let k1 = k0 + row;
  let k2 = k1 + row;
  let k3 = k2 + row;
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let a2 = f32x4.splat(0);
  let a3 = f32x4.splat(0);
  let a4 = f32x4.splat(0);
  let a5 = f32x4.splat(0);
  let a6 = f32x4.splat(0);
  let a7 = f32x4.splat(0);
  for (; at < end; at += 32) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const k4 = k0 + four;
    const k5 = k1 + four;
    const k6 = k2 + four;
    const k7 = k3 + four;
    a0 = madd(a, v128.load32_splat(k0), a0);
    a1 = madd(a, v128.load32_splat(k1), a1);
    a2 = madd(a, v128.load32_splat(k2), a2);
    a3 = madd(a, v128.load32_splat(k3), a3);
    a4 = madd(a, v128.load32_splat(k4), a4);
    a5 = madd(a, v128.load32_splat(k5), a5);
    a6 = madd(a, v128.load32_splat(k6), a6);
    a7 = madd(a, v128.load32_splat(k7), a7);
    a0 = madd(b, v128.load32_splat(k0, 4), a0);
    a1 = madd(b, v128.load32_splat(k1, 4), a1);
    a2 = madd(b, v128.load32_splat(k2, 4), a2);
    a3 = madd(b, v128.load32_splat(k3, 4), a3);
    a4 = madd(b, v128.load32_splat(k4, 4), a4);
    a5 = madd(b, v128.load32_splat(k5, 4), a5);
    a6 = madd(b, v128.load32_splat(k6, 4), a6);
    a7 = madd(b, v128.load32_splat(k7, 4), a7);
    k0 += 8;
    k1 += 8;
    k2 += 8;
    k3 += 8;
  }
  put(scores, a0, isSecond);
  put(scores + SCORES_ROW, a1, isSecond);
  put(scores + 2 * SCORES_ROW, a2, isSecond);
  put(scores + 3 * SCORES_ROW, a3, isSecond);
  put(scores + 4 * SCORES_ROW, a4, isSecond);
  put(scores + 5 * SCORES_ROW, a5, isSecond);
  put(scores + 6 * SCORES_ROW, a6, isSecond);
  put(scores + 7 * SCORES_ROW, a7, isSecond);
}

/**
 * sums[q] = sums[q] * corrections[q] + sum over i < count of weights[i, q] * rows[i], for four queries:
 * they meet eight columns at a time.
 */
export function addValues4(weights: usize, rows: usize, sums: usize, corrections: usize, count: u32, width: u32): void {
  const row = (<usize>width) << 2;
  const end = weights + <usize>count * SCORES_ROW;
  const c0 = v128.load32_splat(corrections);
  const c1 = v128.load32_splat(corrections, 4);
  const c2 = v128.load32_splat(corrections, 8);
  const c3 = v128.load32_splat(corrections, 12);
  const to1 = row;
  const to2 = to1 + row;
  const to3 = to2 + row;
  for (const last = sums + row; sums < last; sums += 32, rows += 32) {
    let a0 = f32x4.splat(0);
    let a1 = f32x4.splat(0);
    let a2 = f32x4.splat(0);
    let a3 = f32x4.splat(0);
    let b0 = f32x4.splat(0);
    let b1 = f32x4.splat(0);
    let b2 = f32x4.splat(0);
    let b3 = f32x4.splat(0);
    for (let at = weights, value = rows; at < end; at += SCORES_ROW, value += row) {
      const a = v128.load(value);
      const b = v128.load(value, 16);
      let w = v128.load32_splat(at);
      a0 = madd(a, w, a0);
      b0 = madd(b, w, b0);
      w = v128.load32_splat(at, 4);
      a1 = madd(a, w, a1);
      b1 = madd(b, w, b1);
      w = v128.load32_splat(at, 8);
      a2 = madd(a, w, a2);
      b2 = madd(b, w, b2);
      w = v128.load32_splat(at, 12);
      a3 = madd(a, w, a3);
      b3 = madd(b, w, b3);
    }
    v128.store(sums, madd(v128.load(sums), c0, a0));
    v128.store(sums, madd(v128.load(sums, 16), c0, b0), 16);
    v128.store(sums + to1, madd(v128.load(sums + to1), c1, a1));
    v128.store(sums + to1, madd(v128.load(sums + to1, 16), c1, b1), 16);
    v128.store(sums + to2, madd(v128.load(sums + to2), c2, a2));
    v128.store(sums + to2, madd(v128.load(sums + to2, 16), c2, b2), 16);
    v128.store(sums + to3, madd(v128.load(sums + to3), c3, a3));
    v128.store(sums + to3, madd(v128.load(sums + to3, 16), c3, b3), 16);
  }
}
