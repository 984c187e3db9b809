/** Attention of up to 32 queries of one KV head: each is a lane, and they go through the cache together. */
import { fixedWidth, store_f16 } from "../fixed";
import { expandRows, F16, rowBytes } from "../kv-cache";
import { divide, hideLater, weigh, weigh8 } from "./softmax";
import { QUERIES, SCALE, SCORES_ROW, scores4, scores8, TILE, TOTAL, VISIBLE, values4, values8 } from "./tile";
import {
  fixedScores4,
  fixedScores8,
  fixedValues4,
  fixedValues8,
  fixWeights,
  fixWeights8,
  pairValues,
} from "./tile-fixed";

/** Attention of as many queries as the scratch holds (tile.ts); scores are for powers of 2. */
export function attendBlock(
  q: usize,
  keys: usize,
  values: usize,
  scratch: usize,
  out: usize,
  tokens: u32,
  tokenStride: usize,
  heads: u32,
  headSize: u32,
  length: u32,
  scale: f32,
  keyType: u32,
  valueType: u32,
): void {
  const width = fixedWidth(headSize);
  const vectors = (tokens * heads + 3) >> 2;
  const rows = scratch + <usize>(QUERIES * width) * 4;
  const scores = rows + <usize>(TILE * width) * 4;
  const sums = scores + <usize>TILE * SCORES_ROW;
  const stats = sums + <usize>(QUERIES * width) * 4;
  const fixed = keyType === F16;
  memory.fill(scratch, 0, (<usize>(vectors * width)) << 4);
  resetStatistics(stats, vectors, length + tokens);
  for (let t: u32 = 0, query: u32 = 0; t < tokens; t++) {
    for (let head: u32 = 0; head < heads; head++, query++) {
      const own = stats + ((<usize>query) << 2);
      const source = q + <usize>t * tokenStride + ((<usize>(head * headSize)) << 2);
      store<u32>(own, length + t, VISIBLE);
      if (fixed) store<f32>(own, scale * packFixed(source, scratch, rows, query, vectors, headSize), SCALE);
      else packFloats(source, scratch, query, vectors, headSize, scale);
    }
  }
  memory.fill(sums, 0, (<usize>(vectors * width)) << 4);
  const keyRow = rowBytes(keyType, headSize);
  const valueRow = rowBytes(valueType, headSize);
  const end = length + tokens - 1;
  for (let position: u32 = 0; position < end; position += TILE) {
    const count = min(TILE, end - position);
    scoreTile(keyType, scratch, keys, keyRow, rows, scores, stats, count, headSize, vectors);
    keys += <usize>count * keyRow;
    const lanes = (<usize>vectors) << 4;
    if (position + count > length) {
      for (let v: usize = 0; v < lanes; v += 16) hideLater(scores + v, stats + v, count, position);
    }
    let v: usize = 0;
    for (; v + 32 <= lanes; v += 32) weigh8(scores + v, stats + v, count);
    if (v < lanes) weigh(scores + v, stats + v, count);
    valueTile(valueType, scores, values, valueRow, rows, sums, stats, count, headSize, vectors);
    values += <usize>count * valueRow;
  }
  for (let t: u32 = 0; t < tokens; t++) {
    for (let head: u32 = 0; head < heads; head++) {
      const query = t * heads + head;
      const target = out + <usize>t * tokenStride + ((<usize>(head * headSize)) << 2);
      const total = load<f32>(stats + ((<usize>query) << 2), TOTAL);
      divide(laneOf(sums, query, width), lanesOf(query, vectors), target, headSize, total);
    }
  }
}

/** Sets the statistics of all lanes; those that are no query's see all that any sees, and have scores of 0. */
function resetStatistics(stats: usize, vectors: u32, visible: u32): void {
  for (const end = stats + ((<usize>vectors) << 4); stats < end; stats += 4) {
    store<f32>(stats, -f32.MAX_VALUE);
    store<f32>(stats, 0, TOTAL);
    store<u32>(stats, visible, VISIBLE);
    store<f32>(stats, 0, SCALE);
  }
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
  store_f16(source, desk, headSize);
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

function scoreTile(
  type: u32,
  queries: usize,
  keys: usize,
  row: usize,
  rows: usize,
  scores: usize,
  stats: usize,
  count: u32,
  headSize: u32,
  vectors: u32,
): void {
  const width = fixedWidth(headSize);
  if (type !== F16) expandRows(type, keys, rows, count, headSize, width);
  let v: u32 = 0;
  for (; v + 2 <= vectors; v += 2) {
    const at = (<usize>v) << 4;
    if (type === F16) {
      fixedScores8(queries + <usize>width * (at >> 1), stats + SCALE + at, keys, row, scores + at, count, width);
    } else {
      scores8(queries + <usize>width * at, rows, scores + at, count, width);
    }
  }
  if (v === vectors) return;
  const at = (<usize>v) << 4;
  if (type === F16) {
    fixedScores4(queries + <usize>width * (at >> 1), stats + SCALE + at, keys, row, scores + at, count, width);
  } else {
    scores4(queries + <usize>width * at, rows, scores + at, count, width);
  }
}

function valueTile(
  type: u32,
  weights: usize,
  values: usize,
  row: usize,
  rows: usize,
  sums: usize,
  stats: usize,
  count: u32,
  headSize: u32,
  vectors: u32,
): void {
  const width = fixedWidth(headSize);
  if (type === F16) pairValues(values, row, rows, count, width);
  else expandRows(type, values, rows, count, headSize, width);
  const pairs = (count + 1) >> 1;
  const scales = values + row - 4;
  let v: u32 = 0;
  for (; v + 2 <= vectors; v += 2) {
    const at = (<usize>v) << 4;
    const panel = sums + <usize>width * at;
    if (type === F16) {
      fixWeights8(weights + at, stats + at, scales, row, count);
      fixedValues8(weights + at, rows, panel, stats + at, pairs, width);
    } else {
      values8(weights + at, rows, panel, stats + at, count, width);
    }
  }
  if (v === vectors) return;
  const at = (<usize>v) << 4;
  const panel = sums + <usize>width * at;
  if (type === F16) {
    fixWeights(weights + at, stats + at, scales, row, count);
    fixedValues4(weights + at, rows, panel, stats + at, pairs, width);
  } else {
    values4(weights + at, rows, panel, stats + at, count, width);
  }
}
