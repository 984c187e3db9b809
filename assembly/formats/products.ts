/**
 * Products of 32 weights with 32 activations, summed into four i32 lanes. The weights come as two vectors of
 * bytes: `low` for values 0..15 of the 32, `high` for values 16..31; x is the address of the activations' bytes.
 *
 * Small weights are within 0..63. For those the relaxed build multiplies bytes directly: its dot product is
 * exact on every machine where the second operand is within 0..127, and four products of 127 * 63 fit into
 * 16 bits. All other products widen to 16 bits first.
 */

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
