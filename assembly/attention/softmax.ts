/** Online softmax (Milakov & Gimelshein 2018) of a tile's scores, a vector of four queries at a time. */
import { madd } from "../simd";
import { expDecay } from "./decay";
import { QUERIES, SCORES_ROW } from "./tile";

/** Bytes from one statistic of the queries to the next: highest, total, correction, visible. */
export const STATISTIC: usize = (<usize>QUERIES) << 2;

/**
 * scores[i] = e^(scores[i] - highest) for i < count, where `highest` is the largest score of this tile and the ones
 * before it; the correction e^(highest before - highest) is what earlier sums are to be multiplied with.
 */
export function weigh(scores: usize, stats: usize, count: u32): void {
  const end = scores + <usize>count * SCORES_ROW;
  const before = v128.load(stats);
  let highest = before;
  // pmax passes over NaN, which is found again as the weight.
  for (let at = scores; at < end; at += SCORES_ROW) highest = f32x4.pmax(highest, v128.load(at));
  let total = f32x4.splat(0);
  for (let at = scores; at < end; at += SCORES_ROW) {
    const weight = expDecay(f32x4.sub(v128.load(at), highest));
    v128.store(at, weight);
    total = f32x4.add(total, weight);
  }
  finish(stats, before, highest, total);
}

/** {@link weigh} where some of the positions, of which this tile's first is `first`, are later than a query's own. */
export function weighMasked(scores: usize, stats: usize, count: u32, first: u32): void {
  const end = scores + <usize>count * SCORES_ROW;
  const visible = v128.load(stats, 3 * STATISTIC);
  const one = i32x4.splat(1);
  const hidden = f32x4.splat(-f32.MAX_VALUE);
  const before = v128.load(stats);
  let highest = before;
  let position = i32x4.splat(first);
  for (let at = scores; at < end; at += SCORES_ROW) {
    const isVisible = i32x4.gt_s(visible, position);
    highest = f32x4.pmax(highest, v128.bitselect(v128.load(at), hidden, isVisible));
    position = i32x4.add(position, one);
  }
  let total = f32x4.splat(0);
  position = i32x4.splat(first);
  for (let at = scores; at < end; at += SCORES_ROW) {
    const isVisible = i32x4.gt_s(visible, position);
    const weight = v128.and(expDecay(f32x4.sub(v128.load(at), highest)), isVisible);
    v128.store(at, weight);
    total = f32x4.add(total, weight);
    position = i32x4.add(position, one);
  }
  finish(stats, before, highest, total);
}

function finish(stats: usize, before: v128, highest: v128, total: v128): void {
  const correction = expDecay(f32x4.sub(before, highest));
  v128.store(stats, highest);
  v128.store(stats, madd(v128.load(stats, STATISTIC), correction, total), STATISTIC);
  v128.store(stats, correction, 2 * STATISTIC);
}
