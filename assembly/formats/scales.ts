/** Unpacks the 4- and 6-bit integer scales of super-block formats. */

const NIBBLES: u32 = 0x0f0f0f0f;
/** 0x0f in each of eight bytes. */
export const LOW_NIBBLES_64: u64 = ((<u64>NIBBLES) << 32) | NIBBLES;

/** Eight bytes, unsigned, as i16. */
export function widen8(bytes: u64): v128 {
  return i16x8.extend_low_i8x16_u(i64x2.splat(bytes));
}

/** Four bytes, unsigned, as f32. */
export function floats4(bytes: u32): v128 {
  return f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(i32x4.splat(bytes))));
}

/** The first or last four of eight i16, as f32. */
export function floatsOfHalf(v: v128, isLast: bool): v128 {
  return f32x4.convert_i32x4_s(isLast ? i32x4.extend_high_i16x8_s(v) : i32x4.extend_low_i16x8_s(v));
}

/** The eight nibbles of a word, lowest first, as i16. */
export function nibbles8(word: u32): v128 {
  const low = i32x4.splat(word & NIBBLES);
  const high = i32x4.splat((word >>> 4) & NIBBLES);
  return i16x8.extend_low_i8x16_u(i8x16.shuffle(low, high, 0, 16, 1, 17, 2, 18, 3, 19, 0, 16, 1, 17, 2, 18, 3, 19));
}

/**
 * Q4_K and Q5_K: eight 6-bit scales s and eight 6-bit minimums m in 12 bytes.
 *
 * ```
 * byte 0..3    bits 0..5: s[0..3]     bits 6..7: bits 4..5 of s[4..7]
 * byte 4..7    bits 0..5: m[0..3]     bits 6..7: bits 4..5 of m[4..7]
 * byte 8..11   low nibble: bits 0..3 of s[4..7]     high nibble: of m[4..7]
 * ```
 */
export function scalesOf12(at: usize): u64 {
  const first = load<u32>(at) & 0x3f3f3f3f;
  const last = (load<u32>(at, 8) & NIBBLES) | ((load<u32>(at) >>> 2) & 0x30303030);
  return <u64>first | ((<u64>last) << 32);
}

/** The minimums beside {@link scalesOf12}: m[0..3] or m[4..7]. */
export function minimumsOf12(at: usize, isLast: bool): u32 {
  if (!isLast) return load<u32>(at, 4) & 0x3f3f3f3f;
  return ((load<u32>(at, 8) >>> 4) & NIBBLES) | ((load<u32>(at, 4) >>> 2) & 0x30303030);
}

/** One scale of {@link scalesOf12} by its number, the plain way. */
export function scaleOf12(at: usize, j: u32): u32 {
  if (j < 4) return load<u8>(at + j) & 63;
  return (<u32>load<u8>(at + j, 4) & 15) | ((<u32>load<u8>(at + j - 4) >> 6) << 4);
}

/** One minimum of the same, the plain way. */
export function minimumOf12(at: usize, j: u32): u32 {
  if (j < 4) return load<u8>(at + j, 4) & 63;
  return (<u32>load<u8>(at + j, 4) >> 4) | ((<u32>load<u8>(at + j) >> 6) << 4);
}

/**
 * Q3_K: sixteen 6-bit scales in 12 bytes, each 32 too large. Number j has bits 0..3 in byte j % 8, in the low nibble
 * for j < 8 and in the high one from 8 on, and bits 4..5 in byte 8 + j % 4, at bit 2 (j / 4).
 *
 * Returns numbers 8 k .. 8 k + 7.
 */
export function scalesOfQ3(at: usize, k: u32): v128 {
  const low = k === 0 ? load<u64>(at) : load<u64>(at) >>> 4;
  const bits = load<u32>(at, 8);
  const first = k === 0 ? bits << 4 : bits;
  const last = k === 0 ? bits << 2 : bits >>> 2;
  const high = <u64>(first & 0x30303030) | ((<u64>(last & 0x30303030)) << 32);
  return i16x8.sub(widen8((low & LOW_NIBBLES_64) | high), i16x8.splat(32));
}

/** The same for one scale, the plain way. */
export function scaleOfQ3(at: usize, j: u32): i32 {
  const byte = load<u8>(at + (j & 7));
  const low = j < 8 ? byte & 15 : byte >> 4;
  const high = (<u32>load<u8>(at + (j & 3), 8) >> ((j >> 2) << 1)) & 3;
  return <i32>(low | (high << 4)) - 32;
}
