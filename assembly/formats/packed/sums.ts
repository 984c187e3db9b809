/** The last steps of a super-block's products, as matvec.ts takes them; tile.ts takes the same. */
import { Q8_BYTES, Q8_SCALE, Q8_SUM } from "../../activations/q8";
import { madd } from "../../vector/simd";
import { byteFloats, PANEL_D, PANEL_OFFSET, PANEL_SCALES } from "./panel";

/** Byte k of each lane of `minimums`, times `minimum`, which is -dmin. */
export function scaledMinimum(minimums: v128, k: u32, minimum: v128): v128 {
  return f32x4.mul(byteFloats(minimums, k), minimum);
}

/** sums + 32 columns: the i32 `total` of their products times d, and a minimum of each value. */
export function addScaled(sums: v128, total: v128, minimum: v128, d: v128, x: usize): v128 {
  const offset = f32x4.mul(minimum, v128.load32_splat(x, Q8_SUM));
  return madd(madd(f32x4.convert_i32x4_s(total), d, offset), v128.load32_splat(x, Q8_SCALE), sums);
}

/** sums + four times 32 columns, without minima. */
export function addFour(sums: v128, first: v128, second: v128, third: v128, fourth: v128, d: v128, x: usize): v128 {
  sums = addOne(sums, first, d, x);
  sums = addOne(sums, second, d, x + Q8_BYTES);
  sums = addOne(sums, third, d, x + 2 * Q8_BYTES);
  return addOne(sums, fourth, d, x + 3 * Q8_BYTES);
}

function addOne(sums: v128, total: v128, d: v128, x: usize): v128 {
  return madd(f32x4.convert_i32x4_s(total), f32x4.mul(d, v128.load32_splat(x, Q8_SCALE)), sums);
}

/**
 * sums (8 rows,) in memory += 32 columns of a group: the i32 totals of each quad's products, with `offset` besides for
 * every q, times d.
 */
export function addCentred(sums: usize, first: v128, second: v128, offset: v128, d0: v128, d1: v128, x: usize): void {
  const scale = v128.load32_splat(x, Q8_SCALE);
  const centre = f32x4.mul(v128.load32_splat(x, Q8_SUM), offset);
  // Whole numbers below 2^24: the additions to the totals are exact.
  const a = f32x4.add(f32x4.convert_i32x4_s(first), centre);
  const b = f32x4.add(f32x4.convert_i32x4_s(second), centre);
  const aSums = madd(a, f32x4.mul(d0, scale), v128.load(sums));
  const bSums = madd(b, f32x4.mul(d1, scale), v128.load(sums, 16));
  v128.store(sums, aSums);
  v128.store(sums, bSums, 16);
}

/** Fills a panel's fields, where all its columns have one scale and one minimum. */
export function storeScaled(panel: usize, scale: v128, minimum: v128, d: v128): void {
  v128.store(panel, scale, PANEL_SCALES);
  v128.store(panel, scale, PANEL_SCALES + 32);
  v128.store(panel, d, PANEL_D);
  v128.store(panel, minimum, PANEL_OFFSET);
}
