/** The weights of attention as 16-bit integers, for values that are such themselves (fixed.ts). */
import { ROUNDING } from "./decay";

/** Weights of at most this, and of at most twice this in sum, keep the sums of a tile of values below 2^31. */
const LARGEST: usize = memory.data<f32>([32700, 32700, 32700, 32700], 16);
const HALF: usize = memory.data<f32>([0.5, 0.5, 0.5, 0.5], 16);
/** Keeps the quotient finite where nothing weighs anything. */
const SMALLEST: usize = memory.data<f32>([1e-30, 1e-30, 1e-30, 1e-30], 16);
const LOW: usize = memory.data<u32>([0xffff, 0xffff, 0xffff, 0xffff], 16);

/** What an integer stands for, by the highest weight, which is no NaN, and the total, whose NaN is one of the result. */
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
