/** In which form a format's products take activations: each format says which of these is its own. */

/** As they are. */
export const activation_f32: u32 = 0;
/** Rounded to int8 in blocks of 32 (q8.ts). */
export const activation_q8: u32 = 1;
