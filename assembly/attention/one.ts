/**
 * Attention of one query alone, as decoding with multi-head attention has it. Memory is the limit here: a tile's rows
 * are brought into the cache in a burst before they are used (touch.ts), keys by {@link attendOne} and values by fixRow.
 */
import { LOG2_E } from "../exp";
import { store_i16 } from "../fixed";
import { cache_f32, cache_i16, cache_q8_0, cacheRowBytes } from "../kv-cache";
import { madd, maxF32x4, sumF32x4 } from "../simd";
import { touch } from "../touch";
import { Call, firstSeen } from "./call";
import { exp2Decay } from "./decay";
import { addRows, scoreRows } from "./rows";
import { fixRow } from "./rows-fixed";
import { HIDDEN, NO_SCORE, queriesAt, TILE } from "./scratch";
import { divide } from "./softmax";

/**
 * Attention of the one query of a call, headSize a multiple of 32.
 *
 * scratch: the query, the sums of a tile, the sums of all tiles (headSize,) f32 each, two statistics, one
 * weight with three zeros behind it, the scores of a tile
 */
export function attendOne(call: Call): void {
  const headSize = call.headSize;
  const keyType = call.keyType;
  const valueType = call.valueType;
  const bytes = (<usize>headSize) << 2;
  const query = queriesAt(call);
  const tileSums = query + bytes;
  const sums = tileSums + bytes;
  const stats = sums + bytes;
  const weight = stats + 16;
  const scores = weight + 16;
  // What follows takes powers of 2 of the scores.
  let scale = call.scale * LOG2_E;
  if (keyType !== cache_f32) {
    store_i16(call.queries, query, headSize);
    scale *= load<f32>(query + (bytes >> 1));
  } else {
    memory.copy(query, call.queries, bytes);
  }
  memory.fill(sums, 0, bytes);
  v128.store(weight, i32x4.splat(0));
  store<f32>(stats, NO_SCORE);
  store<f32>(stats, 0, 4);
  const keyRow = cacheRowBytes(keyType, headSize);
  const valueRow = cacheRowBytes(valueType, headSize);
  const weightBytes: u32 = valueType === cache_i16 ? 2 : 4;
  const end = call.position + 1;
  const first = firstSeen(end, call.window);
  for (let position = first & ~(TILE - 1); position < end; position += TILE) {
    const count = min(TILE, end - position);
    const fours = count >> 2;
    const whole = fours << 2;
    const padded = (count + 3) & ~3;
    const row = <usize>(position % call.rows);
    let keys = call.keys + row * keyRow;
    let values = call.values + row * valueRow;
    // Rows of q8_0 cost more to multiply than to read.
    if (keyType !== cache_q8_0) touch(keys, keys + <usize>whole * keyRow);
    scoreRows(keyType, query, keys, keyRow, scores, fours, headSize, scale);
    keys += <usize>whole * keyRow;
    // What is left of a four goes row by row, as fours whose rows are all one.
    for (let i = whole; i < count; i++, keys += keyRow) {
      scoreRows(keyType, query, keys, 0, scores + ((<usize>i) << 2), 1, headSize, scale);
    }
    for (let i = count; i < padded; i++) store<f32>(scores + ((<usize>i) << 2), HIDDEN);
    for (let i = position; i < first; i++) store<f32>(scores + ((<usize>(i - position)) << 2), HIDDEN);
    const correction = weighRow(scores, stats, padded);
    const back: f32 = valueType === cache_i16 ? fixRow(scores, values + valueRow - 4, valueRow, count) : 1;
    memory.fill(tileSums, 0, bytes);
    addRows(valueType, scores, values, valueRow, tileSums, fours, headSize);
    values += <usize>whole * valueRow;
    for (let i = whole; i < count; i++, values += valueRow) {
      memory.copy(weight, scores + <usize>(i * weightBytes), weightBytes);
      addRows(valueType, weight, values, 0, tileSums, 1, headSize);
    }
    for (let i: usize = 0; i < bytes; i += 16) {
      const ofTile = v128.load(tileSums + i);
      const floats = valueType === cache_i16 ? f32x4.convert_i32x4_s(ofTile) : ofTile;
      const earlier = f32x4.mul(v128.load(sums + i), f32x4.splat(correction));
      v128.store(sums + i, madd(floats, f32x4.splat(back), earlier));
    }
  }
  divide(sums, 4, call.out, headSize, load<f32>(stats, 4));
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
  const correction = f32x4.extract_lane(exp2Decay(f32x4.splat(before - highest)), 0);
  store<f32>(stats, highest);
  store<f32>(stats, load<f32>(stats, 4) * correction + sumF32x4(total), 4);
  return correction;
}
