/**
 * Vectors that kernels load rather than write as literals: V8 builds a v128 literal anew, in three to five
 * instructions, wherever a loop uses it, and one load from the cache is cheaper.
 */

/** 0x0f in every byte. */
export const LOW_NIBBLES: usize = memory.data<u32>([0x0f0f0f0f, 0x0f0f0f0f, 0x0f0f0f0f, 0x0f0f0f0f], 16);
/** The upper nibble of every byte. */
export function upperNibbles(bytes: v128): v128 {
  return v128.and(i16x8.shr_u(bytes, 4), v128.load(LOW_NIBBLES));
}

/** 3 in every byte. */
export const LOW_PAIRS: usize = memory.data<u32>([0x03030303, 0x03030303, 0x03030303, 0x03030303], 16);
/** Bits 4 and 5 of every byte. */
export const UPPER_PAIRS: usize = memory.data<u32>([0x30303030, 0x30303030, 0x30303030, 0x30303030], 16);
/** 16 in every byte. */
export const SIXTEENS: usize = memory.data<u32>([0x10101010, 0x10101010, 0x10101010, 0x10101010], 16);
/** The levels of IQ4_NL and IQ4_XS, denser around zero, as the formats define them. */
export const IQ4_LEVELS: usize = memory.data<i8>(
  [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113],
  16,
);
/** 1, 2, 4 ... 128, twice: the bit of a 16-bit word that each of 16 bytes stands for. */
const BITS: usize = memory.data<u32>([0x08040201, 0x80402010, 0x08040201, 0x80402010], 16);

/** Swizzles that put 16-bit lane k into all eight lanes, k = 0..7. */
const LANES: usize = memory.data<u16>(
  [
    0x0100, 0x0100, 0x0100, 0x0100, 0x0100, 0x0100, 0x0100, 0x0100, 0x0302, 0x0302, 0x0302, 0x0302, 0x0302, 0x0302,
    0x0302, 0x0302, 0x0504, 0x0504, 0x0504, 0x0504, 0x0504, 0x0504, 0x0504, 0x0504, 0x0706, 0x0706, 0x0706, 0x0706,
    0x0706, 0x0706, 0x0706, 0x0706, 0x0908, 0x0908, 0x0908, 0x0908, 0x0908, 0x0908, 0x0908, 0x0908, 0x0b0a, 0x0b0a,
    0x0b0a, 0x0b0a, 0x0b0a, 0x0b0a, 0x0b0a, 0x0b0a, 0x0d0c, 0x0d0c, 0x0d0c, 0x0d0c, 0x0d0c, 0x0d0c, 0x0d0c, 0x0d0c,
    0x0f0e, 0x0f0e, 0x0f0e, 0x0f0e, 0x0f0e, 0x0f0e, 0x0f0e, 0x0f0e,
  ],
  16,
);

/** Picks bytes of `table` by indices within 0..15; those from 128 on pick a 0. */
export function pick(table: v128, indices: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i8x16.relaxed_swizzle(table, indices);
  return i8x16.swizzle(table, indices);
}

/** 16-bit lane `lane` of v in all eight lanes. */
export function splatLane16(v: v128, lane: u32): v128 {
  return pick(v, v128.load(LANES + ((<usize>lane) << 4)));
}

/** Byte i is 0xff where bit i of the 16-bit word is set, and 0 where not. */
export function bitsToBytes(word: u32): v128 {
  const words = i16x8.splat(<i16>word);
  const bits = v128.load(BITS);
  return i8x16.eq(v128.and(i8x16.shuffle(words, words, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1), bits), bits);
}
