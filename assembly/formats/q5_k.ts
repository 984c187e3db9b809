/**
 * Q5_K: 256 values in 176 bytes. Each 32 have a 6-bit scale s and a 6-bit minimum m: value = d * s * q - dmin * m.
 *
 * ```
 * offset 0    f16 d
 * offset 2    f16 dmin
 * offset 4    u8  scales[12]   eight s and eight m, see scalesOf12
 * offset 16   u8  high[32]     byte i: bit j is bit 4 of the q of value 32 j + i
 * offset 48   u8  q[128]       byte 32 j + i: low nibble: value 64 j + i, high nibble: value 64 j + 32 + i
 * ```
 *
 * Packed, a quad of rows in 704 bytes:
 *
 * ```
 * offset 0     f16 d[4]             of rows 0, 1, 2, 3
 * offset 8     f16 dmin[4]
 * offset 16    u8  scales[3][4][4]  vector i: scales[4 i .. 4 i + 3] of row 0, the same of row 1, row 2, row 3
 * offset 64    u8  high[8][4][4]    likewise
 * offset 192   u8  q[32][4][4]      likewise
 * ```
 */
import { LOW_NIBBLES, SIXTEENS, upperNibbles } from "../constants";
import { halfToFloat, smallHalfToFloatX4 } from "../half";
import { Q8_BYTES } from "../quantize";
import { packHalves, packRows, packWords, unpackHalf, unpackRow, unpackWords } from "./interleave";
import { matvecPacked } from "./matvec";
import { bytePairs, Offset, PANEL_BYTES } from "./panel";
import { dotPairs } from "./products";
import { minimumOf12, minimumsOf12X4, scaleOf12, scalesOf12X4 } from "./scales";
import { addScaled, scaledMinimum, storeScaled } from "./sums";
import { matmulPacked } from "./tile";

const BLOCK_BYTES: usize = 176;

/** source (n,) Q5_K -> target (n,) f32; n is a multiple of 256 */
export function q5_k_dequantize(source: usize, target: usize, n: u32): void {
  for (const end = target + ((<usize>n) << 2); target < end; source += BLOCK_BYTES, target += 1024) {
    const d = halfToFloat(load<u16>(source));
    const dmin = halfToFloat(load<u16>(source, 2));
    for (let i: u32 = 0; i < 256; i++) {
      const scale = d * f32(scaleOf12(source + 4, i >> 5));
      const minimum = dmin * f32(minimumOf12(source + 4, i >> 5));
      const low = (<u32>load<u8>(source + ((i >> 6) << 5) + (i & 31), 48) >> (((i >> 5) & 1) << 2)) & 15;
      const high = (<u32>load<u8>(source + (i & 31), 16) >> (i >> 5)) & 1;
      store<f32>(target + (i << 2), scale * f32(low | (high << 4)) - minimum);
    }
  }
}

@unmanaged
class Q5_KQuad {
  @inline
  columns(): u32 {
    return 256;
  }

  @inline
  bytes(): usize {
    return 4 * BLOCK_BYTES;
  }

  @inline
  pack(r0: usize, r1: usize, r2: usize, r3: usize): v128 {
    const target = changetype<usize>(this);
    packWords(r0 + 4, r1 + 4, r2 + 4, r3 + 4, target + 16, 172);
    const notFinite = packHalves(r0, r1, r2, r3, target);
    return v128.or(notFinite, packHalves(r0 + 2, r1 + 2, r2 + 2, r3 + 2, target + 8));
  }

  @inline
  unpack(row: u32, target: usize): void {
    const source = changetype<usize>(this);
    unpackHalf(source, row, target);
    unpackHalf(source + 8, row, target + 2);
    unpackWords(source + 16, row, target + 4, 172);
  }

  @inline
  d(): v128 {
    return smallHalfToFloatX4(v128.load16x4_u(changetype<usize>(this)));
  }

  /** -dmin */
  @inline
  minimum(): v128 {
    return f32x4.neg(smallHalfToFloatX4(v128.load16x4_u(changetype<usize>(this), 8)));
  }

  /** The block of the group's other quad. */
  @inline
  other(): Q5_KQuad {
    return changetype<Q5_KQuad>(changetype<usize>(this) + this.bytes());
  }

  @inline
  add(sums: usize, x: usize): void {
    const d = this.d();
    const minimum = this.minimum();
    const otherD = this.other().d();
    const otherMinimum = this.other().minimum();
    this.addPair(sums, x, 0, d, minimum, otherD, otherMinimum);
    this.addPair(sums, x, 1, d, minimum, otherD, otherMinimum);
    this.addPair(sums, x, 2, d, minimum, otherD, otherMinimum);
    this.addPair(sums, x, 3, d, minimum, otherD, otherMinimum);
  }

  /** sums += the products of columns 64 j .. 64 j + 63 */
  @inline
  addPair(sums: usize, x: usize, j: u32, d: v128, minimum: v128, otherD: v128, otherMinimum: v128): void {
    const first = x + ((<usize>j) << 1) * Q8_BYTES;
    let low = i64x2.splat(0);
    let high = i64x2.splat(0);
    let otherLow = i64x2.splat(0);
    let otherHigh = i64x2.splat(0);
    let at = changetype<usize>(this) + 192 + ((<usize>j) << 7);
    let bits = changetype<usize>(this) + 64;
    // Only 16 columns' products of 5 bits fit into 16 bits.
    for (let half = first; half < first + 32; half += 16) {
      let lows = i64x2.splat(0);
      let highs = i64x2.splat(0);
      let otherLows = i64x2.splat(0);
      let otherHighs = i64x2.splat(0);
      for (let value = half; value < half + 16; value += 4, at += 16, bits += 16) {
        const a = v128.load32_splat(value);
        const b = v128.load32_splat(value, Q8_BYTES);
        const q = v128.load(at);
        const fifth = v128.load(bits);
        lows = i16x8.add(lows, dotPairs(a, lowFive(q, fifth, j)));
        highs = i16x8.add(highs, dotPairs(b, highFive(q, fifth, j)));
        const other = v128.load(at, 4 * BLOCK_BYTES);
        const otherFifth = v128.load(bits, 4 * BLOCK_BYTES);
        otherLows = i16x8.add(otherLows, dotPairs(a, lowFive(other, otherFifth, j)));
        otherHighs = i16x8.add(otherHighs, dotPairs(b, highFive(other, otherFifth, j)));
      }
      low = i32x4.add(low, this.scaled(lows, j, 0));
      high = i32x4.add(high, this.scaled(highs, j, 1));
      otherLow = i32x4.add(otherLow, this.other().scaled(otherLows, j, 0));
      otherHigh = i32x4.add(otherHigh, this.other().scaled(otherHighs, j, 1));
    }
    this.finishPair(sums, low, high, j, d, minimum, first);
    this.other().finishPair(sums + 16, otherLow, otherHigh, j, otherD, otherMinimum, first);
  }

  /** Products of columns 64 j + 32 k + i, times their scale. */
  @inline
  scaled(products: v128, j: u32, k: u32): v128 {
    const scales = scalesOf12X4(changetype<usize>(this) + 16, j > 1);
    return i32x4.dot_i16x8_s(products, bytePairs(scales, ((j & 1) << 1) + k));
  }

  @inline
  finishPair(sums: usize, low: v128, high: v128, j: u32, d: v128, minimum: v128, x: usize): void {
    const minimums = minimumsOf12X4(changetype<usize>(this) + 16, j > 1);
    const k = (j & 1) << 1;
    const lows = addScaled(v128.load(sums), low, scaledMinimum(minimums, k, minimum), d, x);
    const highs = scaledMinimum(minimums, k + 1, minimum);
    v128.store(sums, addScaled(lows, high, highs, d, x + Q8_BYTES));
  }

  @inline
  toPanels(target: usize): void {
    const d = this.d();
    const minimum = this.minimum();
    for (let j: u32 = 0; j < 4; j++, target += 2 * PANEL_BYTES) {
      const q = changetype<usize>(this) + 192 + ((<usize>j) << 7);
      for (let i: usize = 0; i < 128; i += 16) {
        const both = v128.load(q + i);
        const bits = v128.load(changetype<usize>(this) + i, 64);
        v128.store(target + 2 * i, lowFive(both, bits, j));
        v128.store(target + 2 * i, highFive(both, bits, j), PANEL_BYTES);
      }
      const scales = scalesOf12X4(changetype<usize>(this) + 16, j > 1);
      const minimums = minimumsOf12X4(changetype<usize>(this) + 16, j > 1);
      const k = (j & 1) << 1;
      storeScaled(target, bytePairs(scales, k), scaledMinimum(minimums, k, minimum), d);
      storeScaled(target + PANEL_BYTES, bytePairs(scales, k + 1), scaledMinimum(minimums, k + 1, minimum), d);
    }
  }

  @inline
  halves(): u32 {
    return 2;
  }

  @inline
  isCentred(): bool {
    return false;
  }

  @inline
  offset(): Offset {
    return Offset.OF_VALUE;
  }
}

/** The q of values 64 j + i from their nibbles and bits. */
function lowFive(q: v128, bits: v128, j: u32): v128 {
  const high = j < 2 ? i16x8.shl(bits, 4 - (j << 1)) : i16x8.shr_u(bits, (j << 1) - 4);
  return v128.or(v128.and(q, v128.load(LOW_NIBBLES)), v128.and(high, v128.load(SIXTEENS)));
}

/** The q of values 64 j + 32 + i. */
function highFive(q: v128, bits: v128, j: u32): v128 {
  const high = j < 2 ? i16x8.shl(bits, 3 - (j << 1)) : i16x8.shr_u(bits, (j << 1) - 3);
  return v128.or(upperNibbles(q), v128.and(high, v128.load(SIXTEENS)));
}

/** W (rows, n) Q5_K -> packed, rows / 8 groups, rounded up; returns whether all scales are finite */
export function q5_k_repack(source: usize, target: usize, rows: u32, n: u32): bool {
  return packRows<Q5_KQuad>(source, target, rows, n);
}

/** One row of packed W -> (n,) Q5_K */
export function q5_k_unpack(w: usize, row: u32, target: usize, n: u32): void {
  unpackRow<Q5_KQuad>(w, row, target, n);
}

/** W (rows, n) packed Q5_K, x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32; see matvecPacked */
export function q5_k_matvec(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32, scratch: usize): void {
  matvecPacked<Q5_KQuad>(w, x, out, from, to, n, scratch);
}

/** W (rows, n) packed Q5_K, X (tokens, n) q8: out[:, from..to) = W[from..to) @ X; see matmulPacked */
export function q5_k_matmul(
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
  matmulPacked<Q5_KQuad>(w, x, out, from, to, n, tokens, outStride, scratch);
}
