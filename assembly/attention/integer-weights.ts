/** The weights of attention as 16-bit integers, for values that are such themselves (fixed.ts). */
import { ROUNDING } from "./decay";
import { BACK, SCORES_ROW } from "./scratch";
import { totalOf } from "./softmax";

/** Weights of at most this, and of at most twice this in sum, keep the sums of a tile of values below 2^31. */
const LARGEST: usize = memory.data<f32>([32700, 32700, 32700, 32700], 16);
const HALF: usize = memory.data<f32>([0.5, 0.5, 0.5, 0.5], 16);
/** Keeps the quotient finite where nothing weighs anything. */
const SMALLEST: usize = memory.data<f32>([1e-30, 1e-30, 1e-30, 1e-30], 16);
const LOW: usize = memory.data<u32>([0xffff, 0xffff, 0xffff, 0xffff], 16);

/**
 * What an integer stands for, by the highest weight, which is no NaN, and the total, whose NaN is one of the result.
 */
export function stepOf(highest: v128, total: v128): v128 {
  return f32x4.div(boundOf(highest, total), v128.load(LARGEST));
}

/** The inverse of {@link stepOf}. */
export function factorOf(highest: v128, total: v128): v128 {
  return f32x4.div(v128.load(LARGEST), boundOf(highest, total));
}

/** The highest weight or half of their total, whichever is more: in this order the comparison keeps a NaN. */
function boundOf(highest: v128, total: v128): v128 {
  return f32x4.pmax(f32x4.mul(total, v128.load(HALF)), f32x4.pmax(highest, v128.load(SMALLEST)));
}

/** The integers of four weights, each in the low half of its lane. */
export function integersOf(weights: v128, factor: v128): v128 {
  return v128.and(f32x4.add(f32x4.mul(weights, factor), v128.load(ROUNDING)), v128.load(LOW));
}

/**
 * Turns the weights of four queries into pairs of integers, in place, with the scales of the values in them; `back`
 * is what the sums of these integers times the values' are to be multiplied with. scales: of the first value, the
 * next `row` bytes behind it.
 */
export function fixWeights(weights: usize, stats: usize, scales: usize, row: usize, count: u32): void {
  const end = weights + <usize>count * SCORES_ROW;
  let highest = f32x4.splat(0);
  for (let at = weights; at < end; at += SCORES_ROW, scales += row) {
    const weight = f32x4.mul(v128.load(at), v128.load32_splat(scales));
    v128.store(at, weight);
    highest = f32x4.pmax(highest, weight);
  }
  const total = totalOf(weights, end);
  v128.store(stats, stepOf(highest, total), BACK);
  const factor = factorOf(highest, total);
  let pairs = weights;
  let at = weights;
  for (; at + SCORES_ROW < end; at += 2 * SCORES_ROW, pairs += SCORES_ROW) {
    const first = integersOf(v128.load(at), factor);
    const second = integersOf(v128.load(at, SCORES_ROW), factor);
    v128.store(pairs, v128.or(first, i32x4.shl(second, 16)));
  }
  if (at < end) v128.store(pairs, integersOf(v128.load(at), factor));
}

/** {@link fixWeights} of eight queries: both vectors of a position in one turn, which V8 may join. */
export function fixWeights8(weights: usize, stats: usize, scales: usize, row: usize, count: u32): void {
  const end = weights + <usize>count * SCORES_ROW;
  let highest0 = f32x4.splat(0);
  let highest1 = f32x4.splat(0);
  for (let at = weights; at < end; at += SCORES_ROW, scales += row) {
    const scale = v128.load32_splat(scales);
    const first = f32x4.mul(v128.load(at), scale);
    const second = f32x4.mul(v128.load(at, 16), scale);
    highest0 = f32x4.pmax(highest0, first);
    highest1 = f32x4.pmax(highest1, second);
    v128.store(at, first);
    v128.store(at, second, 16);
  }
  const total0 = totalOf(weights, end);
  const total1 = totalOf(weights + 16, end);
  const step0 = stepOf(highest0, total0);
  const step1 = stepOf(highest1, total1);
  v128.store(stats, step0, BACK);
  v128.store(stats, step1, BACK + 16);
  const factor0 = factorOf(highest0, total0);
  const factor1 = factorOf(highest1, total1);
  let pairs = weights;
  let at = weights;
  for (; at + SCORES_ROW < end; at += 2 * SCORES_ROW, pairs += SCORES_ROW) {
    let first = integersOf(v128.load(at), factor0);
    let second = integersOf(v128.load(at, 16), factor1);
    first = v128.or(first, i32x4.shl(integersOf(v128.load(at, SCORES_ROW), factor0), 16));
    second = v128.or(second, i32x4.shl(integersOf(v128.load(at, SCORES_ROW + 16), factor1), 16));
    v128.store(pairs, first);
    v128.store(pairs, second, 16);
  }
  if (at >= end) return;
  const first = integersOf(v128.load(at), factor0);
  const second = integersOf(v128.load(at, 16), factor1);
  v128.store(pairs, first);
  v128.store(pairs, second, 16);
}
