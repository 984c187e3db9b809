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
 * Packed, a group of rows in 1408 bytes:
 *
 * ```
 * offset 0     f16 d[8]             of rows 0 .. 7
 * offset 16    f16 dmin[8]
 * offset 32    u8  scales[3][8][4]  scales[4 i .. 4 i + 3] of row 0, the same of row 1, ...
 * offset 128   u8  high[8][8][4]    likewise
 * offset 384   u8  q[32][8][4]      likewise
 * ```
 */
import { activation_q8 } from "../../activations/kinds";
import { Q8_BYTES } from "../../activations/q8";
import { LOW_NIBBLES, SIXTEENS, upperNibbles } from "../../vector/constants";
import { halfToFloat } from "../../vector/half";
import { dotPairs } from "../products";
import { First, packHalves, packRows, packWords, Second, unpackHalf, unpackRow, unpackWords } from "./interleave";
import { matmulAny } from "./matmul";
import { matvecPacked } from "./matvec";
import { PANEL_BYTES } from "./panel";
import { ScaledGroup } from "./scaled-group";
import { minimumOf12, scaleOf12 } from "./scales";

const BLOCK_BYTES: usize = 176;

export const q5_k_activation: u32 = activation_q8;

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
class Q5_KGroup extends ScaledGroup {
  @inline
  columns(): u32 {
    return 256;
  }

  @inline
  bytes(): usize {
    return 8 * BLOCK_BYTES;
  }

  @inline
  pack(quad: u32, r0: usize, r1: usize, r2: usize, r3: usize): v128 {
    const target = changetype<usize>(this);
    packWords(quad, r0 + 4, r1 + 4, r2 + 4, r3 + 4, target + 32, 172);
    const notFinite = packHalves(quad, r0, r1, r2, r3, target);
    return v128.or(notFinite, packHalves(quad, r0 + 2, r1 + 2, r2 + 2, r3 + 2, target + 16));
  }

  @inline
  unpack(row: u32, target: usize): void {
    const source = changetype<usize>(this);
    unpackHalf(source, row, target);
    unpackHalf(source + 16, row, target + 2);
    unpackWords(source + 32, row, target + 4, 172);
  }

  @inline
  add(sums: usize, x: usize): void {
    const d0 = this.d<First>();
    const d1 = this.d<Second>();
    const minimum0 = this.minimum<First>();
    const minimum1 = this.minimum<Second>();
    this.addPair(sums, x, 0, d0, d1, minimum0, minimum1);
    this.addPair(sums, x, 1, d0, d1, minimum0, minimum1);
    this.addPair(sums, x, 2, d0, d1, minimum0, minimum1);
    this.addPair(sums, x, 3, d0, d1, minimum0, minimum1);
  }

  /** sums += the products of columns 64 j .. 64 j + 63 */
  @inline
  addPair(sums: usize, x: usize, j: u32, d0: v128, d1: v128, minimum0: v128, minimum1: v128): void {
    const first = x + ((<usize>j) << 1) * Q8_BYTES;
    let low = i64x2.splat(0);
    let high = i64x2.splat(0);
    let otherLow = i64x2.splat(0);
    let otherHigh = i64x2.splat(0);
    let at = changetype<usize>(this) + 384 + ((<usize>j) << 8);
    let bits = changetype<usize>(this) + 128;
    // Only 16 columns' products of 5 bits fit into 16 bits.
    for (let half = first; half < first + 32; half += 16) {
      let lows = i64x2.splat(0);
      let highs = i64x2.splat(0);
      let otherLows = i64x2.splat(0);
      let otherHighs = i64x2.splat(0);
      for (let value = half; value < half + 16; value += 4, at += 32, bits += 32) {
        const a = v128.load32_splat(value);
        const b = v128.load32_splat(value, Q8_BYTES);
        const q = v128.load(at);
        const fifth = v128.load(bits);
        lows = i16x8.add(lows, dotPairs(a, lowFive(q, fifth, j)));
        highs = i16x8.add(highs, dotPairs(b, highFive(q, fifth, j)));
        const other = v128.load(at, 16);
        const otherFifth = v128.load(bits, 16);
        otherLows = i16x8.add(otherLows, dotPairs(a, lowFive(other, otherFifth, j)));
        otherHighs = i16x8.add(otherHighs, dotPairs(b, highFive(other, otherFifth, j)));
      }
      low = i32x4.add(low, this.scaled<First>(lows, j, 0));
      high = i32x4.add(high, this.scaled<First>(highs, j, 1));
      otherLow = i32x4.add(otherLow, this.scaled<Second>(otherLows, j, 0));
      otherHigh = i32x4.add(otherHigh, this.scaled<Second>(otherHighs, j, 1));
    }
    this.finish(sums, low, high, otherLow, otherHigh, j, d0, d1, minimum0, minimum1, first);
  }

  @inline
  isNarrow(): bool {
    return false;
  }

  @inline
  few(): u32 {
    return 5;
  }

  @inline
  addTwo(sums: usize, x: usize, y: usize): void {
    this.add(sums, x);
    this.add(sums + 32, y);
  }

  @inline
  toPanels(target: usize): void {
    const d0 = this.d<First>();
    const d1 = this.d<Second>();
    const minimum0 = this.minimum<First>();
    const minimum1 = this.minimum<Second>();
    for (let j: u32 = 0; j < 4; j++, target += 2 * PANEL_BYTES) {
      const q = changetype<usize>(this) + 384 + ((<usize>j) << 8);
      for (let i: usize = 0; i < 256; i += 16) {
        const both = v128.load(q + i);
        const bits = v128.load(changetype<usize>(this) + i, 128);
        v128.store(target + i, lowFive(both, bits, j));
        v128.store(target + i, highFive(both, bits, j), PANEL_BYTES);
      }
      this.storeSides<First>(target, j, d0, minimum0);
      this.storeSides<Second>(target + 16, j, d1, minimum1);
    }
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
  return packRows<Q5_KGroup>(source, target, rows, n);
}

/** One row of packed W -> (n,) Q5_K */
export function q5_k_unpack(w: usize, row: u32, target: usize, n: u32): void {
  unpackRow<Q5_KGroup>(w, row, target, n);
}

/** W (rows, n) packed Q5_K, x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32; see matvecPacked */
export function q5_k_matvec(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32, scratch: usize): void {
  matvecPacked<Q5_KGroup>(w, x, out, from, to, n, scratch);
}

/** W (rows, n) packed Q5_K, X (tokens, n) q8: out[:, from..to) = W[from..to) @ X; see matmulAny */
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
  matmulAny<Q5_KGroup>(w, x, out, from, to, n, tokens, outStride, scratch);
}
