/**
 * The two products over a tile of positions (scratch.ts draws what they read and write). Queries are lanes: a tile's
 * scores need no sum across lanes, and neither does their softmax.
 */
import { madd } from "../vector/simd";
import { CORRECTION, SCORES_ROW } from "./scratch";

/** Writes the first part of a sum, or adds another to it. */
function put(at: usize, sum: v128, isFirst: bool): void {
  v128.store(at, isFirst ? sum : f32x4.add(v128.load(at), sum));
}

/**
 * scores[i, 0..8] = queries[0..8] . rows[i] for i < count: two vectors of queries meet four positions. Sums of every
 * fourth column are added up, as a query alone (rows.ts) has them in its lanes; besides, shorter sums round less. Up to
 * three positions past the last are computed as well, and read by nobody.
 */
export function scores8(queries: usize, rows: usize, scores: usize, count: u32, width: u32): void {
  const row = (<usize>width) << 2;
  const end = queries + (row << 3);
  for (let i: u32 = 0; i < count; i += 4) {
    for (let c: usize = 0; c < 4; c++) scores8of4(queries + (c << 5), end, rows + (c << 2), row, scores, c === 0);
    rows += row << 2;
    scores += 4 * SCORES_ROW;
  }
}

/** Every fourth column of four positions. */
function scores8of4(at: usize, end: usize, k0: usize, row: usize, scores: usize, isFirst: bool): void {
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
  for (; at < end; at += 128) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
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
    k0 += 16;
    k1 += 16;
    k2 += 16;
    k3 += 16;
  }
  put(scores, a0, isFirst);
  put(scores + 16, b0, isFirst);
  put(scores + SCORES_ROW, a1, isFirst);
  put(scores + SCORES_ROW + 16, b1, isFirst);
  put(scores + 2 * SCORES_ROW, a2, isFirst);
  put(scores + 2 * SCORES_ROW + 16, b2, isFirst);
  put(scores + 3 * SCORES_ROW, a3, isFirst);
  put(scores + 3 * SCORES_ROW + 16, b3, isFirst);
}

/** {@link scores8} of four queries, eight positions at a time: the same sums in the same order. */
export function scores4(queries: usize, rows: usize, scores: usize, count: u32, width: u32): void {
  const row = (<usize>width) << 2;
  const end = queries + (row << 2);
  for (let i: u32 = 0; i < count; i += 8) {
    for (let c: usize = 0; c < 4; c++) scores4of8(queries + (c << 4), end, rows + (c << 2), row, scores, c === 0);
    rows += row << 3;
    scores += 8 * SCORES_ROW;
  }
}

/** Every fourth column of eight positions. */
function scores4of8(at: usize, end: usize, k0: usize, row: usize, scores: usize, isFirst: bool): void {
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
  for (; at < end; at += 64) {
    const a = v128.load(at);
    a0 = madd(a, v128.load32_splat(k0), a0);
    a1 = madd(a, v128.load32_splat(k1), a1);
    a2 = madd(a, v128.load32_splat(k2), a2);
    a3 = madd(a, v128.load32_splat(k3), a3);
    a4 = madd(a, v128.load32_splat(k0 + four), a4);
    a5 = madd(a, v128.load32_splat(k1 + four), a5);
    a6 = madd(a, v128.load32_splat(k2 + four), a6);
    a7 = madd(a, v128.load32_splat(k3 + four), a7);
    k0 += 16;
    k1 += 16;
    k2 += 16;
    k3 += 16;
  }
  put(scores, a0, isFirst);
  put(scores + SCORES_ROW, a1, isFirst);
  put(scores + 2 * SCORES_ROW, a2, isFirst);
  put(scores + 3 * SCORES_ROW, a3, isFirst);
  put(scores + 4 * SCORES_ROW, a4, isFirst);
  put(scores + 5 * SCORES_ROW, a5, isFirst);
  put(scores + 6 * SCORES_ROW, a6, isFirst);
  put(scores + 7 * SCORES_ROW, a7, isFirst);
}

/**
 * sums[q] = sums[q] * corrections[q] + sum over i < count of weights[i, q] * rows[i], for eight queries: two vectors of
 * them meet four columns. stats: the first query's. rows `row` bytes apart, of which these are `columns`; sums
 * (columns, 8)
 */
export function values8(
  weights: usize,
  rows: usize,
  row: usize,
  columns: u32,
  sums: usize,
  stats: usize,
  count: u32,
): void {
  const end = weights + <usize>count * SCORES_ROW;
  for (const stop = rows + ((<usize>columns) << 2); rows < stop; rows += 16, sums += 128) {
    let a0 = f32x4.splat(0);
    let a1 = f32x4.splat(0);
    let a2 = f32x4.splat(0);
    let a3 = f32x4.splat(0);
    let b0 = f32x4.splat(0);
    let b1 = f32x4.splat(0);
    let b2 = f32x4.splat(0);
    let b3 = f32x4.splat(0);
    for (let at = weights, value = rows; at < end; at += SCORES_ROW, value += row) {
      const a = v128.load(at);
      const b = v128.load(at, 16);
      let v = v128.load32_splat(value);
      a0 = madd(a, v, a0);
      b0 = madd(b, v, b0);
      v = v128.load32_splat(value, 4);
      a1 = madd(a, v, a1);
      b1 = madd(b, v, b1);
      v = v128.load32_splat(value, 8);
      a2 = madd(a, v, a2);
      b2 = madd(b, v, b2);
      v = v128.load32_splat(value, 12);
      a3 = madd(a, v, a3);
      b3 = madd(b, v, b3);
    }
    let correction = v128.load(stats, CORRECTION);
    settle(sums, a0, correction);
    settle(sums + 32, a1, correction);
    settle(sums + 64, a2, correction);
    settle(sums + 96, a3, correction);
    correction = v128.load(stats, CORRECTION + 16);
    settle(sums + 16, b0, correction);
    settle(sums + 48, b1, correction);
    settle(sums + 80, b2, correction);
    settle(sums + 112, b3, correction);
  }
}

/** {@link values8} of four queries, eight columns at a time: the same sums in the same order. sums (columns, 4) */
export function values4(
  weights: usize,
  rows: usize,
  row: usize,
  columns: u32,
  sums: usize,
  stats: usize,
  count: u32,
): void {
  const end = weights + <usize>count * SCORES_ROW;
  for (const stop = rows + ((<usize>columns) << 2); rows < stop; rows += 32, sums += 128) {
    let a0 = f32x4.splat(0);
    let a1 = f32x4.splat(0);
    let a2 = f32x4.splat(0);
    let a3 = f32x4.splat(0);
    let a4 = f32x4.splat(0);
    let a5 = f32x4.splat(0);
    let a6 = f32x4.splat(0);
    let a7 = f32x4.splat(0);
    for (let at = weights, value = rows; at < end; at += SCORES_ROW, value += row) {
      const a = v128.load(at);
      a0 = madd(a, v128.load32_splat(value), a0);
      a1 = madd(a, v128.load32_splat(value, 4), a1);
      a2 = madd(a, v128.load32_splat(value, 8), a2);
      a3 = madd(a, v128.load32_splat(value, 12), a3);
      a4 = madd(a, v128.load32_splat(value, 16), a4);
      a5 = madd(a, v128.load32_splat(value, 20), a5);
      a6 = madd(a, v128.load32_splat(value, 24), a6);
      a7 = madd(a, v128.load32_splat(value, 28), a7);
    }
    const correction = v128.load(stats, CORRECTION);
    settle(sums, a0, correction);
    settle(sums + 16, a1, correction);
    settle(sums + 32, a2, correction);
    settle(sums + 48, a3, correction);
    settle(sums + 64, a4, correction);
    settle(sums + 80, a5, correction);
    settle(sums + 96, a6, correction);
    settle(sums + 112, a7, correction);
  }
}

function settle(sums: usize, tile: v128, correction: v128): void {
  v128.store(sums, madd(v128.load(sums), correction, tile));
}
