/**
 * Grouped-query attention (Ainslie et al. 2023) with online softmax over tiles of the cache (Milakov & Gimelshein
 * 2018, Dao et al. 2022): out = softmax(scale q K^T) V for all query heads and tokens that share one KV head.
 * A row of the cache is read and converted once for up to 32 of them.
 *
 * What one query gets does not depend on which others go with it, so heads may be dealt out to workers in any way.
 */
import { addRows, queryFactor, SINGLE_TILE, scoreRows, weighRow } from "./attention/single";
import { STATISTIC, weigh, weighMasked } from "./attention/softmax";
import { addValues4, QUERIES, SCORES_ROW, scores4, scores8, TILE } from "./attention/tile";
import { expandRow, rowBytes } from "./kv-cache";
import { madd } from "./simd";

/**
 * q (tokens, heads, headSize) f32 and out alike, tokens `tokenStride` bytes apart; keys and values
 * (length + tokens - 1, headSize) of the cache's types (kv-cache.ts). Token t sees the first `length + t` positions.
 * scratch: see attention/tile.ts.
 */
export function attention(
  q: usize,
  keys: usize,
  values: usize,
  scratch: usize,
  out: usize,
  tokens: u32,
  tokenStride: u32,
  heads: u32,
  group: u32,
  headSize: u32,
  length: u32,
  scale: f32,
  keyType: u32,
  valueType: u32,
): void {
  if (tokens === 1 && group === 1 && (headSize & 31) === 0) {
    single(q, keys, values, scratch, out, headSize, length, scale, keyType, valueType);
    return;
  }
  for (let head: u32 = 0; head < heads; head += QUERIES) {
    const count = min(heads - head, QUERIES);
    const perBlock = QUERIES / count;
    const offset = (<usize>(head * headSize)) << 2;
    for (let token: u32 = 0; token < tokens; token += perBlock) {
      const at = offset + <usize>token * <usize>tokenStride;
      const n = min(tokens - token, perBlock);
      block(
        q + at,
        keys,
        values,
        scratch,
        out + at,
        n,
        tokenStride,
        count,
        headSize,
        length + token,
        scale,
        keyType,
        valueType,
      );
    }
  }
}

/**
 * {@link attention} of one query, headSize a multiple of 32.
 *
 * scratch: the query, the sums of a tile, the sums of all tiles (headSize,) f32 each, two statistics, one
 * weight with three zeros behind it, the scores
 */
function single(
  q: usize,
  keys: usize,
  values: usize,
  scratch: usize,
  out: usize,
  headSize: u32,
  length: u32,
  scale: f32,
  keyType: u32,
  valueType: u32,
): void {
  const bytes = (<usize>headSize) << 2;
  const tileSums = scratch + bytes;
  const sums = tileSums + bytes;
  const stats = sums + bytes;
  const weight = stats + 16;
  const scores = weight + 16;
  const factor = scale * queryFactor(keyType);
  for (let i: usize = 0; i < bytes; i += 4) store<f32>(scratch + i, load<f32>(q + i) * factor);
  memory.fill(sums, 0, bytes);
  store<f32>(stats, -f32.MAX_VALUE);
  store<f32>(stats, 0, 4);
  const keyRow = rowBytes(keyType, headSize);
  const valueRow = rowBytes(valueType, headSize);
  for (let position: u32 = 0; position < length; position += SINGLE_TILE) {
    const count = min(SINGLE_TILE, length - position);
    const fours = count >> 2;
    const whole = fours << 2;
    const padded = (count + 3) & ~3;
    scoreRows(keyType, scratch, keys, keyRow, scores, fours, headSize);
    keys += <usize>whole * keyRow;
    // What is left of a four goes row by row, as fours whose rows are all one.
    for (let i = whole; i < count; i++, keys += keyRow) {
      scoreRows(keyType, scratch, keys, 0, scores + ((<usize>i) << 2), 1, headSize);
    }
    for (let i = count; i < padded; i++) store<f32>(scores + ((<usize>i) << 2), -f32.MAX_VALUE);
    const correction = weighRow(scores, stats, padded, valueType);
    memory.fill(tileSums, 0, bytes);
    addRows(valueType, scores, values, valueRow, tileSums, fours, headSize);
    values += <usize>whole * valueRow;
    for (let i = whole; i < count; i++, values += valueRow) {
      v128.store(weight, v128.load32_zero(scores + ((<usize>i) << 2)));
      addRows(valueType, weight, values, 0, tileSums, 1, headSize);
    }
    const factors = f32x4.splat(correction);
    for (let i: usize = 0; i < bytes; i += 16) {
      v128.store(sums + i, madd(v128.load(sums + i), factors, v128.load(tileSums + i)));
    }
  }
  divide(sums, out, headSize, load<f32>(stats, 4));
}

/** {@link attention} of as many queries as the scratch holds. */
function block(
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
  const width = (headSize + 7) & ~7;
  const vectors = (tokens * heads + 3) >> 2;
  const rows = scratch + <usize>(QUERIES * width) * 4;
  const scores = rows + <usize>(TILE * width) * 4;
  const sums = scores + <usize>TILE * SCORES_ROW;
  const stats = sums + <usize>(QUERIES * width) * 4;
  packQueries(q, scratch, stats, tokens, tokenStride, heads, headSize, width, vectors, length, scale);
  memory.fill(sums, 0, (<usize>(vectors * width)) << 4);
  const keyRow = rowBytes(keyType, headSize);
  const valueRow = rowBytes(valueType, headSize);
  const end = length + tokens - 1;
  for (let position: u32 = 0; position < end; position += TILE) {
    const count = min(TILE, end - position);
    expandRows(keyType, keys + <usize>position * keyRow, keyRow, rows, count, headSize, width);
    scoreTile(scratch, rows, scores, count, width, vectors);
    for (let v: u32 = 0; v < vectors; v++) {
      if (position + count > length) weighMasked(scores + (v << 4), stats + (v << 4), count, position);
      else weigh(scores + (v << 4), stats + (v << 4), count);
    }
    expandRows(valueType, values + <usize>position * valueRow, valueRow, rows, count, headSize, width);
    valueTile(scores, rows, sums, stats, count, width, vectors);
  }
  for (let t: u32 = 0; t < tokens; t++) {
    for (let head: u32 = 0; head < heads; head++) {
      const query = <usize>(t * heads + head);
      const target = out + <usize>t * tokenStride + ((<usize>(head * headSize)) << 2);
      divide(sums + query * width * 4, target, headSize, load<f32>(stats + STATISTIC + (query << 2)));
    }
  }
}

/** Lays the queries out as lanes, scaled, and sets their statistics; lanes that are no query's have zeros. */
function packQueries(
  q: usize,
  panels: usize,
  stats: usize,
  tokens: u32,
  tokenStride: usize,
  heads: u32,
  headSize: u32,
  width: u32,
  vectors: u32,
  length: u32,
  scale: f32,
): void {
  memory.fill(panels, 0, (<usize>(vectors * width)) << 4);
  for (let lane: u32 = 0; lane < vectors << 2; lane++) {
    const at = stats + ((<usize>lane) << 2);
    store<f32>(at, -f32.MAX_VALUE);
    store<f32>(at + STATISTIC, 0);
    store<u32>(at + 3 * STATISTIC, length + tokens);
  }
  for (let t: u32 = 0, query: u32 = 0; t < tokens; t++) {
    for (let head: u32 = 0; head < heads; head++, query++) {
      store<u32>(stats + 3 * STATISTIC + ((<usize>query) << 2), length + t);
      const source = q + <usize>t * tokenStride + ((<usize>(head * headSize)) << 2);
      // The last panel is one of four where four are enough.
      const panel = query >> 3;
      const lanes: usize = (panel << 1) + 1 < vectors ? 32 : 16;
      let target = panels + ((<usize>(panel * width)) << 5) + ((<usize>(query & 7)) << 2);
      for (let i: u32 = 0; i < headSize; i++, target += lanes) {
        store<f32>(target, load<f32>(source + ((<usize>i) << 2)) * scale);
      }
    }
  }
}

function scoreTile(queries: usize, rows: usize, scores: usize, count: u32, width: u32, vectors: u32): void {
  let v: u32 = 0;
  for (; v + 2 <= vectors; v += 2) {
    scores8(queries, rows, scores + ((<usize>v) << 4), count, width);
    queries += (<usize>width) << 5;
  }
  if (v < vectors) scores4(queries, rows, scores + ((<usize>v) << 4), count, width);
}

function valueTile(weights: usize, rows: usize, sums: usize, stats: usize, count: u32, width: u32, vectors: u32): void {
  for (let v: u32 = 0; v < vectors; v++) {
    const at = (<usize>v) << 4;
    addValues4(weights + at, rows, sums + <usize>width * at, stats + 2 * STATISTIC + at, count, width);
  }
}

/** Rows that lie one behind the other. */
function expandRows(type: u32, source: usize, bytes: usize, target: usize, count: u32, n: u32, width: u32): void {
  for (let i: u32 = 0; i < count; i++, source += bytes, target += (<usize>width) << 2) {
    expandPadded(type, source, target, n, width);
  }
}

function expandPadded(type: u32, source: usize, target: usize, n: u32, width: u32): void {
  expandRow(type, source, target, n);
  for (let i = n; i < width; i++) store<f32>(target + ((<usize>i) << 2), 0);
}

/** out (n,) = sums (n,) / total */
function divide(sums: usize, out: usize, n: u32, total: f32): void {
  for (let i: usize = 0; i < (<usize>n) << 2; i += 4) store<f32>(out + i, load<f32>(sums + i) / total);
}
