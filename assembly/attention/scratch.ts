/**
 * Where a block of queries has its intermediate results, behind the call:
 *
 * ```
 * queries   panels of 8 queries (the last of 4, where that is enough), each (width, 8 or 4) f32, scaled
 * rows      (TILE, width) f32, or i16: the tile's keys, then its values
 * scores    (TILE, QUERIES) f32: scores, then weights
 * scaled    (TILE, QUERIES) f32: weights with the scales of a block of values in them (tile-q8.ts)
 * sums      panels as the queries': the weighted sums of values so far
 * stats     (7, QUERIES) f32: highest, total, correction, end and first (u32); tile-fixed.ts: back, scale
 * ```
 *
 * `width` is the head size rounded up to 8 (fixedWidth); the columns beyond are 0.
 */

import { Call } from "./call";
import { fixedWidth } from "./fixed";

/** Query heads and tokens that go through the cache together. */
export const QUERIES: u32 = 32;
/**
 * Positions of a tile: its keys as f32, then its values, stay in the first-level cache. Tiles begin at its multiples.
 */
export const TILE: u32 = 32;
/** Bytes from one position's scores to the next. */
export const SCORES_ROW: usize = (<usize>QUERIES) << 2;
const SCORES_BYTES: usize = <usize>TILE * SCORES_ROW;
/** Where the queries' statistics are: the highest score so far comes first. */
export const TOTAL: usize = (<usize>QUERIES) << 2;
export const CORRECTION: usize = 2 * TOTAL;
/** A query sees the positions from FIRST to END, END not included. */
export const END: usize = 3 * TOTAL;
export const FIRST: usize = 4 * TOTAL;
export const BACK: usize = 5 * TOTAL;
export const SCALE: usize = 6 * TOTAL;
const STATS_BYTES: usize = 7 * TOTAL;

/** The score of what a query does not see. */
export const HIDDEN: f32 = -f32.MAX_VALUE;
/** The highest score before any: so far above hidden ones that these weigh nothing, even before one is seen. */
export const NO_SCORE: f32 = -f32.MAX_VALUE / 2;

/** Behind the call, on a cache line of its own. */
const START: usize = (offsetof<Call>() + 63) & ~63;

export function queriesAt(call: Call): usize {
  return changetype<usize>(call) + START;
}

export function rowsAt(call: Call): usize {
  return queriesAt(call) + panelBytes(call.headSize);
}

export function scoresAt(call: Call): usize {
  return rowsAt(call) + rowsBytes(call.headSize);
}

export function scaledWeightsAt(call: Call): usize {
  return scoresAt(call) + SCORES_BYTES;
}

export function sumsAt(call: Call): usize {
  return scaledWeightsAt(call) + SCORES_BYTES;
}

export function statsAt(call: Call): usize {
  return sumsAt(call) + panelBytes(call.headSize);
}

/** Bytes of a call with its scratch. A query alone (one.ts) takes less. */
export function attentionBytes(headSize: u32): usize {
  return START + 2 * panelBytes(headSize) + rowsBytes(headSize) + 2 * SCORES_BYTES + STATS_BYTES;
}

function panelBytes(headSize: u32): usize {
  return (<usize>(QUERIES * fixedWidth(headSize))) << 2;
}

function rowsBytes(headSize: u32): usize {
  return (<usize>(TILE * fixedWidth(headSize))) << 2;
}
