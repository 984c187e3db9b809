/** e^x for x <= 0, where softmax is after its maximum is taken off: cheaper than the general one (../exp.ts). */
import { madd } from "../simd";

/** Coefficients as exp.ts has them (Cephes, Moshier), four times each, because V8 builds literals anew in loops. */
const TABLE: usize = memory.data<f32>(
  [
    -87.33654, -87.33654, -87.33654, -87.33654, 1.4426950408889634, 1.4426950408889634, 1.4426950408889634,
    1.4426950408889634, 12582912, 12582912, 12582912, 12582912, -0.693359375, -0.693359375, -0.693359375, -0.693359375,
    2.1219444e-4, 2.1219444e-4, 2.1219444e-4, 2.1219444e-4, 1.98756915e-4, 1.98756915e-4, 1.98756915e-4, 1.98756915e-4,
    1.3981999507e-3, 1.3981999507e-3, 1.3981999507e-3, 1.3981999507e-3, 8.3334519073e-3, 8.3334519073e-3,
    8.3334519073e-3, 8.3334519073e-3, 4.1665795894e-2, 4.1665795894e-2, 4.1665795894e-2, 4.1665795894e-2,
    1.6666665459e-1, 1.6666665459e-1, 1.6666665459e-1, 1.6666665459e-1, 0.5, 0.5, 0.5, 0.5, 1, 1, 1, 1,
  ],
  16,
);
/** 127 in the place that a shift by 23 takes to the exponent of a float. */
const BIASES: usize = memory.data<u32>([127, 127, 127, 127], 16);

/**
 * e^x in four lanes for x <= 0, within 2 units in the last place, and 1 for 0 exactly; x below -87.3 gives 0 within
 * 1.2e-38, NaN stays NaN.
 */
export function expDecay(x: v128): v128 {
  // In this order the comparison keeps a NaN.
  const bounded = f32x4.pmax(x, v128.load(TABLE));
  // 1.5 * 2^23 leaves no place for a fraction: the addition rounds, and the low bits of the sum are the integer.
  const magic = v128.load(TABLE, 32);
  const shifted = f32x4.add(f32x4.mul(bounded, v128.load(TABLE, 16)), magic);
  const n = f32x4.sub(shifted, magic);
  let r = madd(n, v128.load(TABLE, 48), bounded);
  r = madd(n, v128.load(TABLE, 64), r);
  let p = madd(v128.load(TABLE, 80), r, v128.load(TABLE, 96));
  p = madd(p, r, v128.load(TABLE, 112));
  p = madd(p, r, v128.load(TABLE, 128));
  p = madd(p, r, v128.load(TABLE, 144));
  p = madd(p, r, v128.load(TABLE, 160));
  p = f32x4.add(madd(f32x4.mul(p, r), r, r), v128.load(TABLE, 176));
  return f32x4.mul(p, i32x4.shl(i32x4.add(shifted, v128.load(BIASES)), 23));
}
