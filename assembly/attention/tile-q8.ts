/**
 * The products over a tile of positions whose keys or values are q8_0: in blocks of 32 columns with a scale each.
 * Scores are sums of integers as in tile-fixed.ts, block by block; values are integers as floats, and meet weights that
 * have the scales of their block in them. Both as a query alone (rows.ts) does it.
 */

import { madd } from "../vector/simd";
import { Q8_0_BYTES } from "./cache";
import { SCORES_ROW } from "./scratch";

/**
 * Keys as integers of 16 bits: keys (count, n) of q8_0, `row` bytes apart -> target (count, width) i16, with 0 from
 * column n on; n is at most `width`, a multiple of 8
 */
export function widenRows(keys: usize, row: usize, target: usize, count: u32, n: u32, width: u32): void {
  for (let i: u32 = 0; i < count; i++, keys += row) {
    let block = keys;
    for (let first: u32 = 0; first < width; first += 32, block += Q8_0_BYTES) {
      const columns = min(n - first, 32);
      let c: u32 = 0;
      for (; c + 8 <= columns; c += 8, target += 16) v128.store(target, v128.load8x8_s(block + c, 4));
      if (c < columns) {
        v128.store(target, i64x2.splat(0));
        for (; c < columns; c++) store<i16>(target + ((<usize>(c & 7)) << 1), <i16>load<i8>(block + c, 4));
        target += 16;
      }
    }
  }
}

/** Values as floats, without their scales; as {@link widenRows} otherwise. target (count, width) f32 */
export function floatRows(values: usize, row: usize, target: usize, count: u32, n: u32, width: u32): void {
  for (let i: u32 = 0; i < count; i++, values += row) {
    let block = values;
    for (let first: u32 = 0; first < width; first += 32, block += Q8_0_BYTES) {
      const columns = min(n - first, 32);
      let c: u32 = 0;
      for (; c + 8 <= columns; c += 8, target += 32) {
        const words = v128.load8x8_s(block + c, 4);
        v128.store(target, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words)));
        v128.store(target, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(words)), 16);
      }
      if (c < columns) {
        memory.fill(target, 0, 32);
        for (; c < columns; c++) store<f32>(target + ((<usize>(c & 7)) << 2), <f32>load<i8>(block + c, 4));
        target += 32;
      }
    }
  }
}

/** target (count, QUERIES) = weights times the scales of one block; scales: of the first value, `row` bytes apart. */
export function scaleWeights(weights: usize, scales: usize, row: usize, target: usize, count: u32, vectors: u32): void {
  const lanes = (<usize>vectors) << 4;
  for (let i: u32 = 0; i < count; i++, scales += row, weights += SCORES_ROW, target += SCORES_ROW) {
    const scale = v128.load32_splat(scales);
    for (let v: usize = 0; v < lanes; v += 16) v128.store(target + v, f32x4.mul(v128.load(weights + v), scale));
  }
}

/**
 * scores[i, 0..8] = queries[0..8] . keys[i] for i < count, but for the scales of the queries; as scores8 of tile.ts.
 * queries as in tile-fixed.ts; rows: of {@link widenRows}; scales: of the first key's first block, keys `row` bytes
 * apart. Positions past the last are the last once more.
 */
export function q8Scores8(
  queries: usize,
  rows: usize,
  scales: usize,
  row: usize,
  scores: usize,
  count: u32,
  width: u32,
): void {
  const rowBytes = (<usize>width) << 1;
  const last = count - 1;
  for (let i: u32 = 0; i < count; i += 4, scores += 4 * SCORES_ROW) {
    const i1 = <usize>min(i + 1, last);
    const i2 = <usize>min(i + 2, last);
    const i3 = <usize>min(i + 3, last);
    let k0 = rows + <usize>i * rowBytes;
    let k1 = rows + i1 * rowBytes;
    let k2 = rows + i2 * rowBytes;
    let k3 = rows + i3 * rowBytes;
    let scale = scales;
    let at = queries;
    for (let first: u32 = 0; first < width; first += 32, scale += Q8_0_BYTES) {
      let a0 = i32x4.splat(0);
      let a1 = i32x4.splat(0);
      let a2 = i32x4.splat(0);
      let a3 = i32x4.splat(0);
      let b0 = i32x4.splat(0);
      let b1 = i32x4.splat(0);
      let b2 = i32x4.splat(0);
      let b3 = i32x4.splat(0);
      for (const end = at + ((<usize>min(width - first, 32)) << 4); at < end; at += 32) {
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
      const isFirst = first === 0;
      let s = v128.load32_splat(scale + <usize>i * row);
      addBlock(scores, a0, s, isFirst);
      addBlock(scores + 16, b0, s, isFirst);
      s = v128.load32_splat(scale + i1 * row);
      addBlock(scores + SCORES_ROW, a1, s, isFirst);
      addBlock(scores + SCORES_ROW + 16, b1, s, isFirst);
      s = v128.load32_splat(scale + i2 * row);
      addBlock(scores + 2 * SCORES_ROW, a2, s, isFirst);
      addBlock(scores + 2 * SCORES_ROW + 16, b2, s, isFirst);
      s = v128.load32_splat(scale + i3 * row);
      addBlock(scores + 3 * SCORES_ROW, a3, s, isFirst);
      addBlock(scores + 3 * SCORES_ROW + 16, b3, s, isFirst);
    }
  }
}

/** {@link q8Scores8} of four queries. */
export function q8Scores4(
  queries: usize,
  rows: usize,
  scales: usize,
  row: usize,
  scores: usize,
  count: u32,
  width: u32,
): void {
  const rowBytes = (<usize>width) << 1;
  const last = count - 1;
  for (let i: u32 = 0; i < count; i += 4, scores += 4 * SCORES_ROW) {
    const i1 = <usize>min(i + 1, last);
    const i2 = <usize>min(i + 2, last);
    const i3 = <usize>min(i + 3, last);
    let k0 = rows + <usize>i * rowBytes;
    let k1 = rows + i1 * rowBytes;
    let k2 = rows + i2 * rowBytes;
    let k3 = rows + i3 * rowBytes;
    let scale = scales;
    let at = queries;
    for (let first: u32 = 0; first < width; first += 32, scale += Q8_0_BYTES) {
      let a0 = i32x4.splat(0);
      let a1 = i32x4.splat(0);
      let a2 = i32x4.splat(0);
      let a3 = i32x4.splat(0);
      for (const end = at + ((<usize>min(width - first, 32)) << 3); at < end; at += 32) {
        let a = v128.load(at);
        a0 = i32x4.add(a0, i32x4.dot_i16x8_s(a, v128.load32_splat(k0)));
        a1 = i32x4.add(a1, i32x4.dot_i16x8_s(a, v128.load32_splat(k1)));
        a2 = i32x4.add(a2, i32x4.dot_i16x8_s(a, v128.load32_splat(k2)));
        a3 = i32x4.add(a3, i32x4.dot_i16x8_s(a, v128.load32_splat(k3)));
        a = v128.load(at, 16);
        a0 = i32x4.add(a0, i32x4.dot_i16x8_s(a, v128.load32_splat(k0, 4)));
        a1 = i32x4.add(a1, i32x4.dot_i16x8_s(a, v128.load32_splat(k1, 4)));
        a2 = i32x4.add(a2, i32x4.dot_i16x8_s(a, v128.load32_splat(k2, 4)));
        a3 = i32x4.add(a3, i32x4.dot_i16x8_s(a, v128.load32_splat(k3, 4)));
        k0 += 8;
        k1 += 8;
        k2 += 8;
        k3 += 8;
      }
      const isFirst = first === 0;
      addBlock(scores, a0, v128.load32_splat(scale + <usize>i * row), isFirst);
      addBlock(scores + SCORES_ROW, a1, v128.load32_splat(scale + i1 * row), isFirst);
      addBlock(scores + 2 * SCORES_ROW, a2, v128.load32_splat(scale + i2 * row), isFirst);
      addBlock(scores + 3 * SCORES_ROW, a3, v128.load32_splat(scale + i3 * row), isFirst);
    }
  }
}

/** A block's integers times the key's scale: the first is written, others are added. */
function addBlock(at: usize, integers: v128, scale: v128, isFirst: bool): void {
  const floats = f32x4.convert_i32x4_s(integers);
  v128.store(at, isFirst ? f32x4.mul(floats, scale) : madd(floats, scale, v128.load(at)));
}

/** scores (count, QUERIES) times the scales of the queries, in place. */
export function scaleScores(scores: usize, scales: usize, count: u32, vectors: u32): void {
  const lanes = (<usize>vectors) << 4;
  for (const end = scores + <usize>count * SCORES_ROW; scores < end; scores += SCORES_ROW) {
    for (let v: usize = 0; v < lanes; v += 16) {
      v128.store(scores + v, f32x4.mul(v128.load(scores + v), v128.load(scales + v)));
    }
  }
}
