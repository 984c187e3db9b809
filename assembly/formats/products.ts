/**
 * Products of 32 weights with 32 activations, summed into four i32 lanes. The weights come as two vectors of
 * bytes: `low` for values 0..15 of the 32, `high` for values 16..31; x is the address of the activations' bytes.
 *
 * Small weights are within 0..63. For those the relaxed build multiplies bytes directly: its dot product is
 * exact on every machine where the second operand is within 0..127, and four products of 127 * 63 fit into
 * 16 bits. All other products widen to 16 bits first.
 */

/** The low byte of each 16-bit lane. */
const LOW_BYTES: usize = memory.data<u32>([0x00ff00ff, 0x00ff00ff, 0x00ff00ff, 0x00ff00ff], 16);

/**
 * The products of 16 activations with 16 weights within 0..127, neighbours added, as i16. Two products of 127 * 127 fit
 * into 16 bits, so no machine's way to saturate shows.
 */
export function dotPairs(x: v128, w: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i16x8.relaxed_dot_i8x16_i7x16_s(x, w);
  const even = i16x8.mul(i16x8.shr_s(i16x8.shl(x, 8), 8), v128.and(w, v128.load(LOW_BYTES)));
  return i16x8.add(even, i16x8.mul(i16x8.shr_s(x, 8), i16x8.shr_u(w, 8)));
}

/** low . x[0..15] + high . x[16..31] */
export function dotBytes(low: v128, high: v128, isSmall: bool, x: usize): v128 {
  if (ASC_FEATURE_RELAXED_SIMD && isSmall) {
    const a = i16x8.relaxed_dot_i8x16_i7x16_s(v128.load(x), low);
    const b = i16x8.relaxed_dot_i8x16_i7x16_s(v128.load(x, 16), high);
    return i32x4.extadd_pairwise_i16x8_s(i16x8.add(a, b));
  }
  const a = i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(low), v128.load8x8_s(x));
  const b = i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(low), v128.load8x8_s(x, 8));
  const c = i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(high), v128.load8x8_s(x, 16));
  const d = i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(high), v128.load8x8_s(x, 24));
  return i32x4.add(i32x4.add(a, b), i32x4.add(c, d));
}

/** scale * (low . x[0..15] + high . x[16..31]); `scale` is the same i16 in all lanes */
export function dotScaled(low: v128, high: v128, isSmall: bool, scale: v128, x: usize): v128 {
  if (ASC_FEATURE_RELAXED_SIMD && isSmall) {
    const a = i16x8.relaxed_dot_i8x16_i7x16_s(v128.load(x), low);
    const b = i16x8.relaxed_dot_i8x16_i7x16_s(v128.load(x, 16), high);
    // The scale takes the place of the ones that would only add neighbours.
    return i32x4.dot_i16x8_s(i16x8.add(a, b), scale);
  }
  return dotWide(low, high, scale, scale, x);
}

/** scaleLow * low . x[0..15] + scaleHigh * high . x[16..31] */
export function dotScaledHalves(low: v128, high: v128, isSmall: bool, scaleLow: v128, scaleHigh: v128, x: usize): v128 {
  if (ASC_FEATURE_RELAXED_SIMD && isSmall) {
    const a = i16x8.relaxed_dot_i8x16_i7x16_s(v128.load(x), low);
    const b = i16x8.relaxed_dot_i8x16_i7x16_s(v128.load(x, 16), high);
    return i32x4.add(i32x4.dot_i16x8_s(a, scaleLow), i32x4.dot_i16x8_s(b, scaleHigh));
  }
  return dotWide(low, high, scaleLow, scaleHigh, x);
}

/** Weights times scale fit into 16 bits in every format: at most 63 * 128, or 127 * 32. */
function dotWide(low: v128, high: v128, scaleLow: v128, scaleHigh: v128, x: usize): v128 {
  const a = i32x4.dot_i16x8_s(i16x8.mul(i16x8.extend_low_i8x16_s(low), scaleLow), v128.load8x8_s(x));
  const b = i32x4.dot_i16x8_s(i16x8.mul(i16x8.extend_high_i8x16_s(low), scaleLow), v128.load8x8_s(x, 8));
  const c = i32x4.dot_i16x8_s(i16x8.mul(i16x8.extend_low_i8x16_s(high), scaleHigh), v128.load8x8_s(x, 16));
  const d = i32x4.dot_i16x8_s(i16x8.mul(i16x8.extend_high_i8x16_s(high), scaleHigh), v128.load8x8_s(x, 24));
  return i32x4.add(i32x4.add(a, b), i32x4.add(c, d));
}
