import { pick } from "../../vector/constants";

/**
 * A panel: 32 columns of a group of rows, unpacked for the products with many tokens. Every vector is there twice, for
 * the first quad of rows and 16 bytes further on for the second.
 *
 * ```
 * offset 0     u8  q[8][8][4]      vector v: columns 4 v .. 4 v + 3 of rows 0, 1, 2, 3; the same of rows 4, 5, 6, 7
 * offset 256   i16 s[2][8][2]      scales of columns 0..15 and of columns 16..31, each twice: row 0, row 0, row 1, ...
 * offset 320   f32 d[8]
 * offset 352   f32 offset[8]       see Offset
 * offset 384   i16 offsets[2][8][2]   of columns 0..15 and of columns 16..31, each twice as the scales
 * ```
 */
export const PANEL_BYTES: usize = 448;
export const PANEL_SCALES: usize = 256;
export const PANEL_D: usize = 320;
export const PANEL_OFFSET: usize = 352;
export const PANEL_OFFSETS: usize = 384;

/** What the values of a panel are, s being the scale of their 16 columns. */
export enum Offset {
  /** d * s * q, or d * s * (q - 32) where the format is centred */
  NONE,
  /** d * (s * q + offset) */
  OF_Q,
  /** d * s * q + offset */
  OF_VALUE,
  /** d * s * q + offset * offsets / 32, with `offsets` of the 16 columns */
  OF_HALVES,
}

/** Fills in one scale for all columns and rows. */
export function fillScales(panel: usize, scale: v128): void {
  for (let i: usize = 0; i < 64; i += 16) v128.store(panel + i, scale, PANEL_SCALES);
}

/** 1 and 16 in every i16. */
export const ONES_16: usize = memory.data<u32>([0x00010001, 0x00010001, 0x00010001, 0x00010001], 16);
export const SIXTEENS_16: usize = memory.data<u32>([0x00100010, 0x00100010, 0x00100010, 0x00100010], 16);

/** The lowest byte of every 32-bit lane. */
const LOW_BYTES_32: usize = memory.data<u32>([0xff, 0xff, 0xff, 0xff], 16);

/**
 * Swizzles that spread byte k of each 32-bit lane over the two i16 of the lane: unsigned as they are, signed into the
 * upper halves, from where a shift brings them down.
 */
const BYTE_PAIRS: usize = memory.data<u32>(
  [
    0x80008000, 0x80048004, 0x80088008, 0x800c800c, 0x80018001, 0x80058005, 0x80098009, 0x800d800d, 0x80028002,
    0x80068006, 0x800a800a, 0x800e800e, 0x80038003, 0x80078007, 0x800b800b, 0x800f800f,
  ],
  16,
);
const UPPER_BYTE_PAIRS: usize = memory.data<u32>(
  [
    0x00800080, 0x04800480, 0x08800880, 0x0c800c80, 0x01800180, 0x05800580, 0x09800980, 0x0d800d80, 0x02800280,
    0x06800680, 0x0a800a80, 0x0e800e80, 0x03800380, 0x07800780, 0x0b800b80, 0x0f800f80,
  ],
  16,
);

/** Byte k of each 32-bit lane at the bottom of the lane, alone, with what V8 joins: it does not join swizzles. */
function lowByte(v: v128, k: u32): v128 {
  return v128.and(i32x4.shr_u(v, k << 3), v128.load(LOW_BYTES_32));
}

/** Byte k of each 32-bit lane, unsigned, in both i16 of the lane. */
export function bytePairs(v: v128, k: u32): v128 {
  if (JOINS_VECTORS) {
    const byte = lowByte(v, k);
    return v128.or(byte, i32x4.shl(byte, 16));
  }
  return pick(v, v128.load(BYTE_PAIRS + ((<usize>k) << 4)));
}

/** The same of signed bytes. */
export function signedBytePairs(v: v128, k: u32): v128 {
  if (JOINS_VECTORS) {
    const byte = lowByte(v, k);
    return i16x8.shr_s(i16x8.shl(v128.or(byte, i32x4.shl(byte, 16)), 8), 8);
  }
  return i16x8.shr_s(pick(v, v128.load(UPPER_BYTE_PAIRS + ((<usize>k) << 4))), 8);
}

/** Swizzles that bring byte k of each 32-bit lane to the bottom of the lane, alone. */
const SINGLE_BYTES: usize = memory.data<u32>(
  [
    0x80808000, 0x80808004, 0x80808008, 0x8080800c, 0x80808001, 0x80808005, 0x80808009, 0x8080800d, 0x80808002,
    0x80808006, 0x8080800a, 0x8080800e, 0x80808003, 0x80808007, 0x8080800b, 0x8080800f,
  ],
  16,
);

/** Byte k of each 32-bit lane, unsigned, as f32. */
export function byteFloats(v: v128, k: u32): v128 {
  if (JOINS_VECTORS) return f32x4.convert_i32x4_s(lowByte(v, k));
  return f32x4.convert_i32x4_s(pick(v, v128.load(SINGLE_BYTES + ((<usize>k) << 4))));
}
