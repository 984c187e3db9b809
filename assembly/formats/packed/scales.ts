/** Unpacks the 4- and 6-bit integer scales of super-block formats. */
import { LOW_NIBBLES, UPPER_PAIRS } from "../../vector/constants";

const LOW_SIX: usize = memory.data<u32>([0x3f3f3f3f, 0x3f3f3f3f, 0x3f3f3f3f, 0x3f3f3f3f], 16);
const THIRTY_TWOS: usize = memory.data<u32>([0x20202020, 0x20202020, 0x20202020, 0x20202020], 16);

const NIBBLES: u32 = 0x0f0f0f0f;

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
 *
 * Of four rows: `word0` and `word2` have bytes 0..3 and 8..11 of each row in its lane. Returns s[0..3], or s[4..7].
 */
export function scalesOf12X4(word0: v128, word2: v128, isLast: bool): v128 {
  if (!isLast) return v128.and(word0, v128.load(LOW_SIX));
  const low = v128.and(word2, v128.load(LOW_NIBBLES));
  return v128.or(low, v128.and(i16x8.shr_u(word0, 2), v128.load(UPPER_PAIRS)));
}

/** The minimums beside {@link scalesOf12X4}, with bytes 4..7 as `word1`: m[0..3] or m[4..7]. */
export function minimumsOf12X4(word1: v128, word2: v128, isLast: bool): v128 {
  if (!isLast) return v128.and(word1, v128.load(LOW_SIX));
  const low = v128.and(i16x8.shr_u(word2, 4), v128.load(LOW_NIBBLES));
  return v128.or(low, v128.and(i16x8.shr_u(word1, 2), v128.load(UPPER_PAIRS)));
}

/** One scale of a row as in the file, by its number. */
export function scaleOf12(at: usize, j: u32): u32 {
  if (j < 4) return load<u8>(at + j) & 63;
  return (<u32>load<u8>(at + j, 4) & 15) | ((<u32>load<u8>(at + j - 4) >> 6) << 4);
}

/** One minimum of the same. */
export function minimumOf12(at: usize, j: u32): u32 {
  if (j < 4) return load<u8>(at + j, 4) & 63;
  return (<u32>load<u8>(at + j, 4) >> 4) | ((<u32>load<u8>(at + j) >> 6) << 4);
}

/**
 * Q3_K: sixteen 6-bit scales in 12 bytes, each 32 too large. Number j has bits 0..3 in byte j % 8, in the low nibble
 * for j < 8 and in the high one from 8 on, and bits 4..5 in byte 8 + j % 4, at bit 2 (j / 4).
 *
 * Of four rows: `nibbles` has bytes 4 (i % 2) .. 4 (i % 2) + 3 of each row in its lane, and `bits` bytes 8..11. Returns
 * numbers 4 i .. 4 i + 3, less 32.
 */
export function scalesOfQ3X4(nibbles: v128, bits: v128, i: u32): v128 {
  const low = v128.and(i < 2 ? nibbles : i16x8.shr_u(nibbles, 4), v128.load(LOW_NIBBLES));
  const high = i < 2 ? i16x8.shl(bits, 4 - (i << 1)) : i16x8.shr_u(bits, (i << 1) - 4);
  return i8x16.sub(v128.or(low, v128.and(high, v128.load(UPPER_PAIRS))), v128.load(THIRTY_TWOS));
}

/** One of them, of a row as in the file. */
export function scaleOfQ3(at: usize, j: u32): i32 {
  const byte = load<u8>(at + (j & 7));
  const low = j < 8 ? byte & 15 : byte >> 4;
  const high = (<u32>load<u8>(at + (j & 3), 8) >> ((j >> 2) << 1)) & 3;
  return <i32>(low | (high << 4)) - 32;
}
