/** Online softmax (Milakov & Gimelshein 2018) of a tile's scores, a vector of four queries at a time. */
import { madd } from "../vector/simd";
import { exp2Decay } from "./decay";
import { CORRECTION, END, FIRST, HIDDEN, SCORES_ROW, TOTAL } from "./scratch";

/** Hides from each query the positions that are later than its own. first: this tile's first position */
export function hideLater(scores: usize, stats: usize, count: u32, first: u32): void {
  const ends = v128.load(stats, END);
  const one = i32x4.splat(1);
  const hidden = f32x4.splat(HIDDEN);
  let position = i32x4.splat(first);
  for (const end = scores + <usize>count * SCORES_ROW; scores < end; scores += SCORES_ROW) {
    v128.store(scores, v128.bitselect(v128.load(scores), hidden, i32x4.gt_s(ends, position)));
    position = i32x4.add(position, one);
  }
}

/** Hides from each query the positions that have left its window. */
export function hideEarlier(scores: usize, stats: usize, count: u32, first: u32): void {
  const firsts = v128.load(stats, FIRST);
  const one = i32x4.splat(1);
  const hidden = f32x4.splat(HIDDEN);
  let position = i32x4.splat(first);
  for (const end = scores + <usize>count * SCORES_ROW; scores < end; scores += SCORES_ROW) {
    v128.store(scores, v128.bitselect(hidden, v128.load(scores), i32x4.gt_s(firsts, position)));
    position = i32x4.add(position, one);
  }
}

/**
 * scores[i] = 2^(scores[i] - highest) for i < count, where `highest` is the largest score of this tile and the ones
 * before it; the correction 2^(highest before - highest) is what earlier sums are to be multiplied with.
 */
export function weigh(scores: usize, stats: usize, count: u32): void {
  const before = v128.load(stats);
  let highest = before;
  const end = scores + <usize>count * SCORES_ROW;
  // pmax passes over NaN, which is found again as the weight.
  for (let at = scores; at < end; at += SCORES_ROW) highest = f32x4.pmax(highest, v128.load(at));
  let at = scores;
  // Two at a time, so that the polynomial's coefficients are loaded once for both.
  for (; at + SCORES_ROW < end; at += 2 * SCORES_ROW) {
    const first = exp2Decay(f32x4.sub(v128.load(at), highest));
    const second = exp2Decay(f32x4.sub(v128.load(at, SCORES_ROW), highest));
    v128.store(at, first);
    v128.store(at, second, SCORES_ROW);
  }
  if (at < end) v128.store(at, exp2Decay(f32x4.sub(v128.load(at), highest)));
  const correction = exp2Decay(f32x4.sub(before, highest));
  v128.store(stats, highest);
  v128.store(stats, madd(v128.load(stats, TOTAL), correction, totalOf(scores, end)), TOTAL);
  v128.store(stats, correction, CORRECTION);
}

/** {@link weigh} of eight queries: both vectors of a position in one turn, which V8 may join. */
export function weigh8(scores: usize, stats: usize, count: u32): void {
  const before0 = v128.load(stats);
  const before1 = v128.load(stats, 16);
  let highest0 = before0;
  let highest1 = before1;
  const end = scores + <usize>count * SCORES_ROW;
  for (let at = scores; at < end; at += SCORES_ROW) {
    highest0 = f32x4.pmax(highest0, v128.load(at));
    highest1 = f32x4.pmax(highest1, v128.load(at, 16));
  }
  for (let at = scores; at < end; at += SCORES_ROW) {
    const first = exp2Decay(f32x4.sub(v128.load(at), highest0));
    const second = exp2Decay(f32x4.sub(v128.load(at, 16), highest1));
    v128.store(at, first);
    v128.store(at, second, 16);
  }
  const total0 = totalOf(scores, end);
  const total1 = totalOf(scores + 16, end);
  const correction0 = exp2Decay(f32x4.sub(before0, highest0));
  const correction1 = exp2Decay(f32x4.sub(before1, highest1));
  const sum0 = madd(v128.load(stats, TOTAL), correction0, total0);
  const sum1 = madd(v128.load(stats, TOTAL + 16), correction1, total1);
  v128.store(stats, highest0);
  v128.store(stats, highest1, 16);
  v128.store(stats, sum0, TOTAL);
  v128.store(stats, sum1, TOTAL + 16);
  v128.store(stats, correction0, CORRECTION);
  v128.store(stats, correction1, CORRECTION + 16);
}

/**
 * A vector's sum over positions, from those of every fourth position, which a query alone (one.ts) has in its lanes.
 */
export function totalOf(weights: usize, end: usize): v128 {
  let total0 = f32x4.splat(0);
  let total1 = f32x4.splat(0);
  let total2 = f32x4.splat(0);
  let total3 = f32x4.splat(0);
  let at = weights;
  for (; at + 3 * SCORES_ROW < end; at += 4 * SCORES_ROW) {
    total0 = f32x4.add(total0, v128.load(at));
    total1 = f32x4.add(total1, v128.load(at, SCORES_ROW));
    total2 = f32x4.add(total2, v128.load(at, 2 * SCORES_ROW));
    total3 = f32x4.add(total3, v128.load(at, 3 * SCORES_ROW));
  }
  if (at < end) total0 = f32x4.add(total0, v128.load(at));
  if (at + SCORES_ROW < end) total1 = f32x4.add(total1, v128.load(at, SCORES_ROW));
  if (at + 2 * SCORES_ROW < end) total2 = f32x4.add(total2, v128.load(at, 2 * SCORES_ROW));
  return f32x4.add(f32x4.add(total0, total2), f32x4.add(total1, total3));
}

/** out (n,) = sums (n,) / total, sums `stride` bytes apart */
export function divide(sums: usize, stride: usize, out: usize, n: u32, total: f32): void {
  for (const end = out + ((<usize>n) << 2); out < end; out += 4, sums += stride)
    store<f32>(out, load<f32>(sums) / total);
}
