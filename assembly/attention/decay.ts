/**
 * 2^x for x <= 0, where softmax is after its maximum is taken off: cheaper than the general exponential
 * (../vector/exp.ts).
 */
import { madd } from "../vector/simd";

const LOWEST: usize = memory.data<f32>([-127, -127, -127, -127], 16);
/** 1.5 * 2^23 leaves no place for a fraction: what is added to it is rounded, and is an integer in the low bits. */
export const ROUNDING: usize = memory.data<f32>([12582912, 12582912, 12582912, 12582912], 16);
/** The polynomial of exp2f for -0.5 to 0.5 (Cephes, Moshier). */
const P0: usize = memory.data<f32>([1.535336188e-4, 1.535336188e-4, 1.535336188e-4, 1.535336188e-4], 16);
const P1: usize = memory.data<f32>([1.3398874403e-3, 1.3398874403e-3, 1.3398874403e-3, 1.3398874403e-3], 16);
const P2: usize = memory.data<f32>([9.6184373577e-3, 9.6184373577e-3, 9.6184373577e-3, 9.6184373577e-3], 16);
const P3: usize = memory.data<f32>([5.5503324712e-2, 5.5503324712e-2, 5.5503324712e-2, 5.5503324712e-2], 16);
const P4: usize = memory.data<f32>([0.2402264791, 0.2402264791, 0.2402264791, 0.2402264791], 16);
const P5: usize = memory.data<f32>([0.6931472028, 0.6931472028, 0.6931472028, 0.6931472028], 16);
const ONE: usize = memory.data<f32>([1, 1, 1, 1], 16);
/** 127 in the place that a shift by 23 takes to the exponent of a float. */
const BIAS: usize = memory.data<u32>([127, 127, 127, 127], 16);

/** 2^x in four lanes for x <= 0, within 2 units in the last place: 1 for 0, 0 below -126.5; NaN stays NaN. */
export function exp2Decay(x: v128): v128 {
  // In this order the comparison keeps a NaN.
  const bounded = f32x4.pmax(x, v128.load(LOWEST));
  const shifted = f32x4.add(bounded, v128.load(ROUNDING));
  const r = f32x4.sub(bounded, f32x4.sub(shifted, v128.load(ROUNDING)));
  let p = madd(v128.load(P0), r, v128.load(P1));
  p = madd(p, r, v128.load(P2));
  p = madd(p, r, v128.load(P3));
  p = madd(p, r, v128.load(P4));
  p = madd(p, r, v128.load(P5));
  p = madd(p, r, v128.load(ONE));
  return f32x4.mul(p, i32x4.shl(i32x4.add(shifted, v128.load(BIAS)), 23));
}
