/**
 * Q8_0: 32 values in 34 bytes, value = d * q.
 *
 * ```
 * offset 0   f16 d
 * offset 2   i8  q[32]
 * ```
 *
 * Packed, a group of rows in 272 bytes, with q + 128 in the place of q:
 *
 * ```
 * offset 0    f16 d[8]          of rows 0 .. 7
 * offset 16   u8  q[8][8][4]    q[4 v .. 4 v + 3] of row 0, the same of row 1, ...
 * ```
 *
 * A whole byte is too large for the products of bytes (products.ts), so its nibbles are multiplied apart.
 */
import { activation_q8 } from "../../activations/kinds";
import { LOW_NIBBLES, upperNibbles } from "../../vector/constants";
import { finiteHalfToFloatX4, halfToFloat } from "../../vector/half";
import { dotPairs } from "../products";
import {
  First,
  packHalves,
  packRows,
  packWords,
  Second,
  signedHalves,
  unpackHalf,
  unpackRow,
  unpackWords,
} from "./interleave";
import { matmulAny } from "./matmul";
import { matvecPacked } from "./matvec";
import { fillScales, Offset, ONES_16, PANEL_BYTES, PANEL_D, PANEL_OFFSET, SIXTEENS_16 } from "./panel";
import { addCentred } from "./sums";

const BLOCK_BYTES: usize = 34;
const MINUS_128: usize = memory.data<f32>([-128, -128, -128, -128], 16);

export const q8_0_activation: u32 = activation_q8;

/** source (n,) Q8_0 -> target (n,) f32; n is a multiple of 32 */
export function q8_0_dequantize(source: usize, target: usize, n: u32): void {
  for (const end = target + ((<usize>n) << 2); target < end; source += BLOCK_BYTES, target += 128) {
    const d = halfToFloat(load<u16>(source));
    for (let i: usize = 0; i < 32; i++) store<f32>(target + (i << 2), d * f32(load<i8>(source + i, 2)));
  }
}

const TOP_BITS: usize = memory.data<u32>([0x80808080, 0x80808080, 0x80808080, 0x80808080], 16);

/** Takes 128 to or from every byte, modulo 256, of the vectors from `at` to `end` that are `step` bytes apart. */
function flipTopBits(at: usize, end: usize, step: usize): void {
  const topBits = v128.load(TOP_BITS);
  for (; at < end; at += step) v128.store(at, v128.xor(v128.load(at), topBits));
}

@unmanaged
class Q8_0Group {
  @inline
  columns(): u32 {
    return 32;
  }

  @inline
  bytes(): usize {
    return 8 * BLOCK_BYTES;
  }

  @inline
  pack(quad: u32, r0: usize, r1: usize, r2: usize, r3: usize): v128 {
    const words = changetype<usize>(this) + 16;
    packWords(quad, r0 + 2, r1 + 2, r2 + 2, r3 + 2, words, 32);
    flipTopBits(words + ((<usize>quad) << 4), words + 256, 32);
    return packHalves(quad, r0, r1, r2, r3, changetype<usize>(this));
  }

  @inline
  unpack(row: u32, target: usize): void {
    unpackHalf(changetype<usize>(this), row, target);
    unpackWords(changetype<usize>(this) + 16, row, target + 2, 32);
    flipTopBits(target + 2, target + 34, 16);
  }

  @inline
  d<Q>(): v128 {
    return finiteHalfToFloatX4(signedHalves<Q>(v128.load(changetype<usize>(this))));
  }

  @inline
  add(sums: usize, x: usize): void {
    const mask = v128.load(LOW_NIBBLES);
    let low = i64x2.splat(0);
    let high = i64x2.splat(0);
    let otherLow = i64x2.splat(0);
    let otherHigh = i64x2.splat(0);
    let value = x;
    for (let at = changetype<usize>(this) + 16; value < x + 32; at += 32, value += 4) {
      const q = v128.load(at);
      const other = v128.load(at, 16);
      const four = v128.load32_splat(value);
      low = i16x8.add(low, dotPairs(four, v128.and(q, mask)));
      high = i16x8.add(high, dotPairs(four, upperNibbles(q)));
      otherLow = i16x8.add(otherLow, dotPairs(four, v128.and(other, mask)));
      otherHigh = i16x8.add(otherHigh, dotPairs(four, upperNibbles(other)));
    }
    this.finish(sums, low, high, otherLow, otherHigh, x);
  }

  @inline
  few(): u32 {
    return 5;
  }

  @inline
  addTwo(sums: usize, x: usize, y: usize): void {
    const mask = v128.load(LOW_NIBBLES);
    let a0 = i64x2.splat(0);
    let a1 = i64x2.splat(0);
    let a2 = i64x2.splat(0);
    let a3 = i64x2.splat(0);
    let b0 = i64x2.splat(0);
    let b1 = i64x2.splat(0);
    let b2 = i64x2.splat(0);
    let b3 = i64x2.splat(0);
    let at = changetype<usize>(this) + 16;
    for (const end = at + 256; at < end; at += 32, x += 4, y += 4) {
      const q = v128.load(at);
      const other = v128.load(at, 16);
      const a = v128.load32_splat(x);
      const b = v128.load32_splat(y);
      const low = v128.and(q, mask);
      const otherLow = v128.and(other, mask);
      a0 = i16x8.add(a0, dotPairs(a, low));
      a2 = i16x8.add(a2, dotPairs(a, otherLow));
      b0 = i16x8.add(b0, dotPairs(b, low));
      b2 = i16x8.add(b2, dotPairs(b, otherLow));
      const high = upperNibbles(q);
      const otherHigh = upperNibbles(other);
      a1 = i16x8.add(a1, dotPairs(a, high));
      a3 = i16x8.add(a3, dotPairs(a, otherHigh));
      b1 = i16x8.add(b1, dotPairs(b, high));
      b3 = i16x8.add(b3, dotPairs(b, otherHigh));
    }
    this.finish(sums, a0, a1, a2, a3, x - 32);
    this.finish(sums + 32, b0, b1, b2, b3, y - 32);
  }

  /** sums (8 rows,) += the products of low and high nibbles with 32 activations. */
  @inline
  finish(sums: usize, low: v128, high: v128, otherLow: v128, otherHigh: v128, x: usize): void {
    const ones = v128.load(ONES_16);
    const sixteens = v128.load(SIXTEENS_16);
    const first = i32x4.add(i32x4.dot_i16x8_s(low, ones), i32x4.dot_i16x8_s(high, sixteens));
    const second = i32x4.add(i32x4.dot_i16x8_s(otherLow, ones), i32x4.dot_i16x8_s(otherHigh, sixteens));
    addCentred(sums, first, second, v128.load(MINUS_128), this.d<First>(), this.d<Second>(), x);
  }

  @inline
  toPanels(target: usize): void {
    const mask = v128.load(LOW_NIBBLES);
    for (let i: usize = 0; i < 256; i += 16) {
      const q = v128.load(changetype<usize>(this) + i, 16);
      v128.store(target + i, v128.and(q, mask));
      v128.store(target + i, upperNibbles(q), PANEL_BYTES);
    }
    fillScales(target, v128.load(ONES_16));
    const high = target + PANEL_BYTES;
    fillScales(high, v128.load(SIXTEENS_16));
    v128.store(high, this.d<First>(), PANEL_D);
    v128.store(high, this.d<Second>(), PANEL_D + 16);
    v128.store(high, v128.load(MINUS_128), PANEL_OFFSET);
    v128.store(high, v128.load(MINUS_128), PANEL_OFFSET + 16);
  }

  @inline
  halves(): u32 {
    return 4;
  }

  @inline
  isNarrow(): bool {
    return false;
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
  return packRows<Q8_0Group>(source, target, rows, n);
}

/** One row of packed W -> (n,) Q8_0 */
export function q8_0_unpack(w: usize, row: u32, target: usize, n: u32): void {
  unpackRow<Q8_0Group>(w, row, target, n);
}

/** W (rows, n) packed Q8_0, x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32; see matvecPacked */
export function q8_0_matvec(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32, scratch: usize): void {
  matvecPacked<Q8_0Group>(w, x, out, from, to, n, scratch);
}

/** W (rows, n) packed Q8_0, X (tokens, n) q8: out[:, from..to) = W[from..to) @ X; see matmulAny */
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
  matmulAny<Q8_0Group>(w, x, out, from, to, n, tokens, outStride, scratch);
}
