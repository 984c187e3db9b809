/** Single-precision exponential, after Cephes (Moshier): range reduction by ln 2, then a polynomial. */

import { madd } from "./simd";

export const LOG2_E: f32 = <f32>Math.LOG2E;
/** ln 2 in two parts, so that n * LN2_HIGH is exact for every n that occurs. */
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.1219444e-4;
/** Beyond these the result is 0 or infinite in single precision. */
const LOWEST: f32 = -87.33654;
const HIGHEST: f32 = 88.37626;

/** e^x in four lanes, within 2 units in the last place; x below -87.3 gives 0 within 1.2e-38, NaN stays NaN. */
export function expF32x4(x: v128): v128 {
  const bounded = f32x4.min(f32x4.max(x, f32x4.splat(LOWEST)), f32x4.splat(HIGHEST));
  const n = f32x4.nearest(f32x4.mul(bounded, f32x4.splat(LOG2_E)));
  let r = madd(n, f32x4.splat(-LN2_HIGH), bounded);
  r = madd(n, f32x4.splat(-LN2_LOW), r);
  let p = f32x4.splat(1.98756915e-4);
  p = madd(p, r, f32x4.splat(1.3981999507e-3));
  p = madd(p, r, f32x4.splat(8.3334519073e-3));
  p = madd(p, r, f32x4.splat(4.1665795894e-2));
  p = madd(p, r, f32x4.splat(1.6666665459e-1));
  p = madd(p, r, f32x4.splat(5.0000001201e-1));
  p = f32x4.add(madd(f32x4.mul(p, r), r, r), f32x4.splat(1));
  const exponent = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, exponent);
}

/** e^x for one value, by the same arithmetic. */
export function exp(x: f32): f32 {
  return f32x4.extract_lane(expF32x4(f32x4.splat(x)), 0);
}
