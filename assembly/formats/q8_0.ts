/**
 * Q8_0: 32 values in 34 bytes, value = d * q.
 *
 * ```
 * offset 0   f16 d
 * offset 2   i8  q[32]
 * ```
 *
 * Packed, a quad of rows in 136 bytes, with q + 128 in the place of q:
 *
 * ```
 * offset 0   f16 d[4]          of rows 0, 1, 2, 3
 * offset 8   u8  q[8][4][4]    vector v: q[4 v .. 4 v + 3] of row 0, the same of row 1, row 2, row 3
 * ```
 *
 * A whole byte is too large for the products of bytes (products.ts), so its nibbles are multiplied apart.
 */
import { LOW_NIBBLES, upperNibbles } from "../constants";
import { finiteHalfToFloatX4, halfToFloat } from "../half";
import { packHalves, packRows, packWords, unpackHalf, unpackRow, unpackWords } from "./interleave";
import { matvecPacked } from "./matvec";
import { Offset, ONES_16, PANEL_BYTES, PANEL_D, PANEL_OFFSET, PANEL_SCALES, SIXTEENS_16 } from "./panel";
import { dotPairs } from "./products";
import { addCentred } from "./sums";
import { matmulPacked } from "./tile";

const BLOCK_BYTES: usize = 34;
const MINUS_128: usize = memory.data<f32>([-128, -128, -128, -128], 16);

/** source (n,) Q8_0 -> target (n,) f32; n is a multiple of 32 */
export function q8_0_dequantize(source: usize, target: usize, n: u32): void {
  for (const end = target + ((<usize>n) << 2); target < end; source += BLOCK_BYTES, target += 128) {
    const d = halfToFloat(load<u16>(source));
    for (let i: usize = 0; i < 32; i++) store<f32>(target + (i << 2), d * f32(load<i8>(source + i, 2)));
  }
}

const TOP_BITS: usize = memory.data<u32>([0x80808080, 0x80808080, 0x80808080, 0x80808080], 16);

/** Takes 128 to or from every one of the bytes, modulo 256; their number is a multiple of 16. */
function flipTopBits(at: usize, bytes: usize): void {
  const topBits = v128.load(TOP_BITS);
  for (const end = at + bytes; at < end; at += 16) v128.store(at, v128.xor(v128.load(at), topBits));
}

@unmanaged
class Q8_0Quad {
  @inline
  columns(): u32 {
    return 32;
  }

  @inline
  bytes(): usize {
    return 4 * BLOCK_BYTES;
  }

  @inline
  pack(r0: usize, r1: usize, r2: usize, r3: usize): v128 {
    packWords(r0 + 2, r1 + 2, r2 + 2, r3 + 2, changetype<usize>(this) + 8, 32);
    flipTopBits(changetype<usize>(this) + 8, 128);
    return packHalves(r0, r1, r2, r3, changetype<usize>(this));
  }

  @inline
  unpack(row: u32, target: usize): void {
    unpackHalf(changetype<usize>(this), row, target);
    unpackWords(changetype<usize>(this) + 8, row, target + 2, 32);
    flipTopBits(target + 2, 32);
  }

  @inline
  d(): v128 {
    return finiteHalfToFloatX4(v128.load16x4_s(changetype<usize>(this)));
  }

  /** The block of the group's other quad. */
  @inline
  other(): Q8_0Quad {
    return changetype<Q8_0Quad>(changetype<usize>(this) + this.bytes());
  }

  @inline
  add(sums: usize, x: usize): void {
    const mask = v128.load(LOW_NIBBLES);
    let low = i64x2.splat(0);
    let high = i64x2.splat(0);
    let otherLow = i64x2.splat(0);
    let otherHigh = i64x2.splat(0);
    let value = x;
    for (let at = changetype<usize>(this) + 8; value < x + 32; at += 16, value += 4) {
      const q = v128.load(at);
      const other = v128.load(at, 4 * BLOCK_BYTES);
      const four = v128.load32_splat(value);
      low = i16x8.add(low, dotPairs(four, v128.and(q, mask)));
      high = i16x8.add(high, dotPairs(four, upperNibbles(q)));
      otherLow = i16x8.add(otherLow, dotPairs(four, v128.and(other, mask)));
      otherHigh = i16x8.add(otherHigh, dotPairs(four, upperNibbles(other)));
    }
    const ones = v128.load(ONES_16);
    const sixteens = v128.load(SIXTEENS_16);
    const first = i32x4.add(i32x4.dot_i16x8_s(low, ones), i32x4.dot_i16x8_s(high, sixteens));
    const second = i32x4.add(i32x4.dot_i16x8_s(otherLow, ones), i32x4.dot_i16x8_s(otherHigh, sixteens));
    addCentred(sums, first, second, v128.load(MINUS_128), this.d(), this.other().d(), x);
  }

  @inline
  toPanels(target: usize): void {
    const mask = v128.load(LOW_NIBBLES);
    for (let i: usize = 0; i < 128; i += 16) {
      const q = v128.load(changetype<usize>(this) + i, 8);
      v128.store(target + 2 * i, v128.and(q, mask));
      v128.store(target + 2 * i, upperNibbles(q), PANEL_BYTES);
    }
    v128.store(target, v128.load(ONES_16), PANEL_SCALES);
    v128.store(target, v128.load(ONES_16), PANEL_SCALES + 32);
    const high = target + PANEL_BYTES;
    v128.store(high, v128.load(SIXTEENS_16), PANEL_SCALES);
    v128.store(high, v128.load(SIXTEENS_16), PANEL_SCALES + 32);
    v128.store(high, this.d(), PANEL_D);
    v128.store(high, v128.load(MINUS_128), PANEL_OFFSET);
  }

  @inline
  halves(): u32 {
    return 4;
  }

  @inline
  isCentred(): bool {
    return false;
  }

  @inline
  offset(): Offset {
    return Offset.OF_Q;
  }
}

/** W (rows, n) Q8_0 -> packed, rows / 8 groups, rounded up; returns whether all scales are finite */
export function q8_0_repack(source: usize, target: usize, rows: u32, n: u32): bool {
  return packRows<Q8_0Quad>(source, target, rows, n);
}

/** One row of packed W -> (n,) Q8_0 */
export function q8_0_unpack(w: usize, row: u32, target: usize, n: u32): void {
  unpackRow<Q8_0Quad>(w, row, target, n);
}

/** W (rows, n) packed Q8_0, x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32; see matvecPacked */
export function q8_0_matvec(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32, scratch: usize): void {
  matvecPacked<Q8_0Quad>(w, x, out, from, to, n, scratch);
}

/** W (rows, n) packed Q8_0, X (tokens, n) q8: out[:, from..to) = W[from..to) @ X; see matmulPacked */
export function q8_0_matmul(
  w: usize,
  x: usize,
  out: usize,
  from: u32,
  to: u32,
  n: u32,
  tokens: u32,
  outStride: u32,
  scratch: usize,
): void {
  matmulPacked<Q8_0Quad>(w, x, out, from, to, n, tokens, outStride, scratch);
}
