/** e^x for x <= 0, where softmax is after its maximum is taken off: cheaper than the general one (../exp.ts). */
import { madd } from "../simd";

const LOG2E: f32 = <f32>Math.LOG2E;
const LOWEST: usize = memory.data<f32>([-87.33654, -87.33654, -87.33654, -87.33654], 16);
const LOG2_E: usize = memory.data<f32>([LOG2E, LOG2E, LOG2E, LOG2E], 16);
/** 1.5 * 2^23 leaves no place for a fraction: what is added to it is rounded, and is an integer in the low bits. */
const MAGIC: usize = memory.data<f32>([12582912, 12582912, 12582912, 12582912], 16);
/** -ln 2 in two parts and the polynomial, as exp.ts has them (Cephes, Moshier). */
const LN2_HIGH: usize = memory.data<f32>([-0.693359375, -0.693359375, -0.693359375, -0.693359375], 16);
const LN2_LOW: usize = memory.data<f32>([2.1219444e-4, 2.1219444e-4, 2.1219444e-4, 2.1219444e-4], 16);
const P0: usize = memory.data<f32>([1.98756915e-4, 1.98756915e-4, 1.98756915e-4, 1.98756915e-4], 16);
const P1: usize = memory.data<f32>([1.3981999507e-3, 1.3981999507e-3, 1.3981999507e-3, 1.3981999507e-3], 16);
const P2: usize = memory.data<f32>([8.3334519073e-3, 8.3334519073e-3, 8.3334519073e-3, 8.3334519073e-3], 16);
const P3: usize = memory.data<f32>([4.1665795894e-2, 4.1665795894e-2, 4.1665795894e-2, 4.1665795894e-2], 16);
const P4: usize = memory.data<f32>([1.6666665459e-1, 1.6666665459e-1, 1.6666665459e-1, 1.6666665459e-1], 16);
const P5: usize = memory.data<f32>([0.5, 0.5, 0.5, 0.5], 16);
const ONE: usize = memory.data<f32>([1, 1, 1, 1], 16);
/** 127 in the place that a shift by 23 takes to the exponent of a float. */
const BIAS: usize = memory.data<u32>([127, 127, 127, 127], 16);

/**
 * e^x in four lanes for x <= 0, within 2 units in the last place, and 1 for 0 exactly; x below -87.3 gives 0 within
 * 1.2e-38, NaN stays NaN.
 */
export function expDecay(x: v128): v128 {
  // In this order the comparison keeps a NaN.
  const bounded = f32x4.pmax(x, v128.load(LOWEST));
  const shifted = f32x4.add(f32x4.mul(bounded, v128.load(LOG2_E)), v128.load(MAGIC));
  const n = f32x4.sub(shifted, v128.load(MAGIC));
  let r = madd(n, v128.load(LN2_HIGH), bounded);
  r = madd(n, v128.load(LN2_LOW), r);
  let p = madd(v128.load(P0), r, v128.load(P1));
  p = madd(p, r, v128.load(P2));
  p = madd(p, r, v128.load(P3));
  p = madd(p, r, v128.load(P4));
  p = madd(p, r, v128.load(P5));
  p = f32x4.add(madd(f32x4.mul(p, r), r, r), v128.load(ONE));
  return f32x4.mul(p, i32x4.shl(i32x4.add(shifted, v128.load(BIAS)), 23));
}
