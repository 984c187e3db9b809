/** The weights of attention as 16-bit integers, for values that are such themselves (../fixed.ts). */

/** Weights of at most this, and of at most twice this in sum, keep the sums of a tile of values below 2^31. */
export const LARGEST: f32 = 32700;
/** Keeps the quotient finite where nothing weighs anything. */
export const SMALLEST: f32 = 1e-30;
/** The bits of a rounded weight once ROUNDING (decay.ts) is added. */
export const LOW: usize = memory.data<u32>([0xffff, 0xffff, 0xffff, 0xffff], 16);

/** What becomes {@link LARGEST}: the highest weight or half of their total, whichever is more. A NaN stays one. */
export function boundOf(highest: f32, total: f32): f32 {
  return max(max(highest, total / 2), SMALLEST);
}
