/**
 * Attention of one query alone, as decoding with multi-head attention has it. Memory is the limit here: a tile's rows
 * are brought into the cache in a burst before they are used (touch.ts), keys by {@link attendOne} and values by
 * fixRow. Every step is that of a block (block.ts), in the same order, so that a token has the same result in a batch
 * as alone.
 */

import { touch } from "../threads/touch";
import { LOG2_E } from "../vector/exp";
import { madd, maxF32x4, sumF32x4 } from "../vector/simd";
import { cache_f32, cache_i16, cache_q8_0, cacheRowBytes } from "./cache";
import { Call, firstSeen } from "./call";
import { exp2Decay } from "./decay";
import { store_i16 } from "./fixed";
import { addRows, scoreRows } from "./rows";
import { fixRow } from "./rows-fixed";
import { HIDDEN, NO_SCORE, queriesAt, TILE } from "./scratch";
import { divide } from "./softmax";

/** Positions whose scores are computed together: so many tiles that the steps of one hide the latency of another's. */
const STRETCH: u32 = 4 * TILE;

/**
 * Attention of the one query of a call, headSize a multiple of 32.
 *
 * scratch: the query, the sums so far (headSize,) f32 each, two statistics, of each tile of a stretch the correction
 * and what integers stand for, the scores of a stretch
 */
export function attendOne(call: Call): void {
  const headSize = call.headSize;
  const keyType = call.keyType;
  const valueType = call.valueType;
  const bytes = (<usize>headSize) << 2;
  const query = queriesAt(call);
  const sums = query + bytes;
  const stats = sums + bytes;
  const corrections = stats + 16;
  const backs = corrections + 16;
  const scores = backs + 16;
  // What follows takes powers of 2 of the scores.
  let scale = call.scale * LOG2_E;
  if (keyType !== cache_f32) {
    store_i16(call.queries, query, headSize);
    scale *= load<f32>(query + (bytes >> 1));
  } else {
    const scales = f32x4.splat(scale);
    for (let i: usize = 0; i < bytes; i += 16) v128.store(query + i, f32x4.mul(v128.load(call.queries + i), scales));
  }
  memory.fill(sums, 0, bytes);
  store<f32>(stats, NO_SCORE);
  store<f32>(stats, 0, 4);
  const valueRow = cacheRowBytes(valueType, headSize);
  const end = call.position + 1;
  const first = firstSeen(end, call.window);
  for (let position = first & ~(TILE - 1); position < end; ) {
    const row = position % call.rows;
    const count = min(min(STRETCH, end - position), call.rows - row);
    scoreStretch(call, query, row, scores, count, scale);
    for (let i = position; i < first; i++) store<f32>(scores + ((<usize>(i - position)) << 2), HIDDEN);
    const values = call.values + <usize>row * valueRow;
    for (let i: u32 = 0, at: usize = 0; i < count; i += TILE, at += 4) {
      store<f32>(corrections + at, weighRow(scores + (at << 5), stats, (min(TILE, count - i) + 3) & ~3));
    }
    if (valueType === cache_i16) {
      const scales = values + valueRow - 4;
      for (let i: u32 = 0, at: usize = 0; i < count; i += TILE, at += 4) {
        const tile = scales + <usize>i * valueRow;
        store<f32>(backs + at, fixRow(scores + (at << 5), tile, valueRow, min(TILE, count - i)));
      }
    }
    for (let i: u32 = 0, at: usize = 0; i < count; i += TILE, at += 4) {
      const n = min(TILE, count - i);
      const tile = values + <usize>i * valueRow;
      const correction = load<f32>(corrections + at);
      addRows(valueType, scores + (at << 5), tile, valueRow, sums, n, headSize, correction, load<f32>(backs + at));
    }
    position += count;
  }
  divide(sums, 4, call.out, headSize, load<f32>(stats, 4));
}

/** Scores of `count` keys from a row on, and behind them scores that weigh nothing, up to a multiple of 4. */
function scoreStretch(call: Call, query: usize, row: u32, scores: usize, count: u32, scale: f32): void {
  const type = call.keyType;
  const headSize = call.headSize;
  const keyRow = cacheRowBytes(type, headSize);
  const whole = count & ~3;
  let keys = call.keys + <usize>row * keyRow;
  // Rows of q8_0 cost more to multiply than to read.
  if (type !== cache_q8_0) touch(keys, keys + <usize>whole * keyRow);
  scoreRows(type, query, keys, keyRow, scores, whole >> 2, headSize, scale);
  keys += <usize>whole * keyRow;
  // What is left of a four goes row by row, as fours whose rows are all one.
  for (let i = whole; i < count; i++, keys += keyRow) {
    scoreRows(type, query, keys, 0, scores + ((<usize>i) << 2), 1, headSize, scale);
  }
  for (let i = count; i < ((count + 3) & ~3); i++) store<f32>(scores + ((<usize>i) << 2), HIDDEN);
}

/**
 * Online softmax of `count` scores (a multiple of 4) in place; stats: highest and total so far, f32. Returns what
 * earlier sums are to be multiplied with.
 */
function weighRow(scores: usize, stats: usize, count: u32): f32 {
  const end = scores + ((<usize>count) << 2);
  const before = load<f32>(stats);
  let lanes = f32x4.splat(before);
  // pmax passes over NaN, which is found again as the weight.
  for (let at = scores; at < end; at += 16) lanes = f32x4.pmax(lanes, v128.load(at));
  const highest = maxF32x4(lanes);
  const shift = f32x4.splat(highest);
  let total = f32x4.splat(0);
  for (let at = scores; at < end; at += 16) {
    const weight = exp2Decay(f32x4.sub(v128.load(at), shift));
    total = f32x4.add(total, weight);
    v128.store(at, weight);
  }
  const correction = exp2Decay(f32x4.splat(before - highest));
  store<f32>(stats, highest);
  v128.store32_lane(stats, madd(v128.load32_splat(stats, 4), correction, f32x4.splat(sumF32x4(total))), 0, 4);
  return f32x4.extract_lane(correction, 0);
}
