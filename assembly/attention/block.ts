/** Attention of up to 32 queries of one KV head: each is a lane, and they go through the cache together. */

import { LOG2_E } from "../vector/exp";
import { cache_f32, cache_i16, cache_q8_0, cacheRowBytes, Q8_0_BYTES } from "./cache";
import { Call, firstSeen } from "./call";
import { fixedWidth, store_i16 } from "./fixed";
import { fixWeights, fixWeights8 } from "./integer-weights";
import {
  END,
  FIRST,
  NO_SCORE,
  queriesAt,
  rowsAt,
  SCALE,
  scaledWeightsAt,
  scoresAt,
  statsAt,
  sumsAt,
  TILE,
  TOTAL,
} from "./scratch";
import { divide, hideEarlier, hideLater, weigh, weigh8 } from "./softmax";
import { scores4, scores8, values4, values8 } from "./tile";
import { fixedScores4, fixedScores8, fixedValues4, fixedValues8, pairValues } from "./tile-fixed";
import { floatRows, q8Scores4, q8Scores8, scaleScores, scaleWeights, widenRows } from "./tile-q8";

/** Attention of `tokens` tokens and `heads` heads of a call, as many as the scratch holds. */
export function attendBlock(call: Call, token: u32, tokens: u32, head: u32, heads: u32): void {
  const headSize = call.headSize;
  const width = fixedWidth(headSize);
  const vectors = (tokens * heads + 3) >> 2;
  const queries = queriesAt(call);
  const scores = scoresAt(call);
  const sums = sumsAt(call);
  const stats = statsAt(call);
  const position = call.position + token;
  const end = position + tokens;
  memory.fill(queries, 0, (<usize>(vectors * width)) << 4);
  resetStatistics(stats, vectors, end);
  for (let t: u32 = 0, query: u32 = 0; t < tokens; t++) {
    const seen = position + t + 1;
    const first = firstSeen(seen, call.window);
    for (let i: u32 = 0; i < heads; i++, query++) {
      const own = stats + ((<usize>query) << 2);
      store<u32>(own, seen, END);
      store<u32>(own, first, FIRST);
      const scale = packQuery(call, call.queries + offsetOf(call, token + t, head + i), query, vectors);
      store<f32>(own, scale, SCALE);
    }
  }
  memory.fill(sums, 0, (<usize>(vectors * width)) << 4);
  const lanes = (<usize>vectors) << 4;
  const lastFirst = firstSeen(end, call.window);
  for (let at = firstSeen(position + 1, call.window) & ~(TILE - 1); at < end; at += TILE) {
    const count = min(TILE, end - at);
    scoreTile(call, at, count, vectors);
    if (at + count > position + 1) {
      for (let v: usize = 0; v < lanes; v += 16) hideLater(scores + v, stats + v, count, at);
    }
    if (at < lastFirst) {
      for (let v: usize = 0; v < lanes; v += 16) hideEarlier(scores + v, stats + v, count, at);
    }
    let v: usize = 0;
    for (; v + 32 <= lanes; v += 32) weigh8(scores + v, stats + v, count);
    if (v < lanes) weigh(scores + v, stats + v, count);
    valueTile(call, at, count, vectors);
  }
  for (let t: u32 = 0, query: u32 = 0; t < tokens; t++) {
    for (let i: u32 = 0; i < heads; i++, query++) {
      const target = call.out + offsetOf(call, token + t, head + i);
      const total = load<f32>(stats + ((<usize>query) << 2), TOTAL);
      divide(laneOf(sums, query, width), lanesOf(query, vectors), target, headSize, total);
    }
  }
}

/** Bytes from the first query to one of this token and head. */
function offsetOf(call: Call, token: u32, head: u32): usize {
  return <usize>token * <usize>call.tokenStride + ((<usize>(head * call.headSize)) << 2);
}

/** Sets the statistics of all lanes; those that are no query's see all that any sees, and have scores of 0. */
function resetStatistics(stats: usize, vectors: u32, end: u32): void {
  for (const last = stats + ((<usize>vectors) << 4); stats < last; stats += 4) {
    store<f32>(stats, NO_SCORE);
    store<f32>(stats, 0, TOTAL);
    store<u32>(stats, end, END);
    store<u32>(stats, 0, FIRST);
    store<f32>(stats, 0, SCALE);
  }
}

/** Lays a query out as a lane, and returns what scores with integers are to be multiplied with. */
function packQuery(call: Call, source: usize, query: u32, vectors: u32): f32 {
  // What follows takes powers of 2 of the scores.
  const scale = call.scale * LOG2_E;
  if (call.keyType !== cache_f32)
    return scale * packFixed(source, queriesAt(call), rowsAt(call), query, vectors, call.headSize);
  packFloats(source, queriesAt(call), query, vectors, call.headSize, scale);
  return 1;
}

/** Lays a query out as a lane, scaled. */
function packFloats(source: usize, panels: usize, query: u32, vectors: u32, headSize: u32, scale: f32): void {
  const lanes = lanesOf(query, vectors);
  let target = laneOf(panels, query, fixedWidth(headSize));
  for (const end = source + ((<usize>headSize) << 2); source < end; source += 4, target += lanes) {
    store<f32>(target, load<f32>(source) * scale);
  }
}

/** Lays a query out as a lane of pairs of integers, and returns what they stand for. desk: room for a row. */
function packFixed(source: usize, panels: usize, desk: usize, query: u32, vectors: u32, headSize: u32): f32 {
  store_i16(source, desk, headSize);
  const bytes = (<usize>fixedWidth(headSize)) << 1;
  const lanes = lanesOf(query, vectors);
  let target = laneOf(panels, query, fixedWidth(headSize) >> 1);
  for (let i: usize = 0; i < bytes; i += 4, target += lanes) store<u32>(target, load<u32>(desk + i));
  return load<f32>(desk + bytes);
}

/** Where a query's lane begins in panels of eight of n rows. */
function laneOf(panels: usize, query: u32, n: u32): usize {
  return panels + ((<usize>((query >> 3) * n)) << 5) + ((<usize>(query & 7)) << 2);
}

/** Bytes of a panel's row: the last panel is one of four queries, where four are enough. */
function lanesOf(query: u32, vectors: u32): usize {
  return ((query >> 3) << 1) + 1 < vectors ? 32 : 16;
}

/** Scores of the positions from `position`, `count` of a tile. */
function scoreTile(call: Call, position: u32, count: u32, vectors: u32): void {
  const type = call.keyType;
  const headSize = call.headSize;
  const width = fixedWidth(headSize);
  const row = cacheRowBytes(type, headSize);
  const keys = call.keys + <usize>(position % call.rows) * row;
  const queries = queriesAt(call);
  const rows = rowsAt(call);
  const scores = scoresAt(call);
  const scales = statsAt(call) + SCALE;
  if (type === cache_f32) copyRows(keys, row, rows, count, width);
  else if (type === cache_q8_0) widenRows(keys, row, rows, count, headSize, width);
  let v: u32 = 0;
  for (; v + 2 <= vectors; v += 2) {
    const at = (<usize>v) << 4;
    const target = scores + at;
    if (type === cache_i16)
      fixedScores8(queries + <usize>width * (at >> 1), scales + at, keys, row, target, count, width);
    else if (type === cache_f32) scores8(queries + <usize>width * at, rows, target, count, width);
    else q8Scores8(queries + <usize>width * (at >> 1), rows, keys, row, target, count, width);
  }
  if (v < vectors) {
    const at = (<usize>v) << 4;
    const target = scores + at;
    if (type === cache_i16)
      fixedScores4(queries + <usize>width * (at >> 1), scales + at, keys, row, target, count, width);
    else if (type === cache_f32) scores4(queries + <usize>width * at, rows, target, count, width);
    else q8Scores4(queries + <usize>width * (at >> 1), rows, keys, row, target, count, width);
  }
  if (type === cache_q8_0) scaleScores(scores, scales, count, vectors);
}

/** Adds the weighted values of those positions to the sums. */
function valueTile(call: Call, position: u32, count: u32, vectors: u32): void {
  const type = call.valueType;
  const headSize = call.headSize;
  const width = fixedWidth(headSize);
  const row = cacheRowBytes(type, headSize);
  const values = call.values + <usize>(position % call.rows) * row;
  const rows = rowsAt(call);
  const weights = scoresAt(call);
  if (type === cache_i16) {
    fixedValueTile(call, values, row, count, vectors);
    return;
  }
  if (type === cache_f32) {
    copyRows(values, row, rows, count, width);
    floatValueTile(call, weights, 0, width, count, vectors);
    return;
  }
  floatRows(values, row, rows, count, headSize, width);
  const scaled = scaledWeightsAt(call);
  let block = values;
  for (let first: u32 = 0; first < width; first += 32, block += Q8_0_BYTES) {
    scaleWeights(weights, block, row, scaled, count, vectors);
    floatValueTile(call, scaled, first, min(width - first, 32), count, vectors);
  }
}

/** The same for `columns` columns from `first` on, of rows that are floats in the scratch. */
function floatValueTile(call: Call, weights: usize, first: u32, columns: u32, count: u32, vectors: u32): void {
  const width = fixedWidth(call.headSize);
  const row = (<usize>width) << 2;
  const rows = rowsAt(call) + ((<usize>first) << 2);
  const sums = sumsAt(call);
  const stats = statsAt(call);
  let v: u32 = 0;
  for (; v + 2 <= vectors; v += 2) {
    const at = (<usize>v) << 4;
    const panel = sums + <usize>width * at + ((<usize>first) << 5);
    values8(weights + at, rows, row, columns, panel, stats + at, count);
  }
  if (v === vectors) return;
  const at = (<usize>v) << 4;
  const panel = sums + <usize>width * at + ((<usize>first) << 4);
  values4(weights + at, rows, row, columns, panel, stats + at, count);
}

/** The same for values of i16, `row` bytes apart. */
function fixedValueTile(call: Call, values: usize, row: usize, count: u32, vectors: u32): void {
  const width = fixedWidth(call.headSize);
  const rows = rowsAt(call);
  const weights = scoresAt(call);
  const sums = sumsAt(call);
  const stats = statsAt(call);
  pairValues(values, row, rows, count, width);
  const pairs = (count + 1) >> 1;
  const scales = values + row - 4;
  let v: u32 = 0;
  for (; v + 2 <= vectors; v += 2) {
    const at = (<usize>v) << 4;
    fixWeights8(weights + at, stats + at, scales, row, count);
    fixedValues8(weights + at, rows, sums + <usize>width * at, stats + at, pairs, width);
  }
  if (v === vectors) return;
  const at = (<usize>v) << 4;
  fixWeights(weights + at, stats + at, scales, row, count);
  fixedValues4(weights + at, rows, sums + <usize>width * at, stats + at, pairs, width);
}

/** Rows of f32, `row` bytes apart -> target (count, width) f32, with 0 behind them. */
function copyRows(source: usize, row: usize, target: usize, count: u32, width: u32): void {
  const rowBytes = (<usize>width) << 2;
  if (row === rowBytes) {
    memory.copy(target, source, <usize>count * row);
    return;
  }
  for (let i: u32 = 0; i < count; i++, source += row, target += rowBytes) {
    memory.copy(target, source, row);
    memory.fill(target + row, 0, rowBytes - row);
  }
}
