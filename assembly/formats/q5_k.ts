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
 * Packed, four rows in 704 bytes:
 *
 * ```
 * offset 0     f16 d[4]             of rows 0, 1, 2, 3
 * offset 8     f16 dmin[4]
 * offset 16    u8  scales[3][4][4]  vector i: scales[4 i .. 4 i + 3] of row 0, the same of row 1, row 2, row 3
 * offset 64    u8  high[8][4][4]    likewise
 * offset 192   u8  q[32][4][4]      likewise
 * ```
 */
import { LOW_NIBBLES, SIXTEENS } from "../constants";
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
class Q5_KGroup {
  @inline
  columns(): u32 {
    return 256;
  }

  @inline
  bytes(): usize {
    return 4 * BLOCK_BYTES;
  }

  @inline
  pack(r0: usize, r1: usize, r2: usize, r3: usize): void {
    const target = changetype<usize>(this);
    packHalves(r0, r1, r2, r3, target);
    packHalves(r0 + 2, r1 + 2, r2 + 2, r3 + 2, target + 8);
    packWords(r0 + 4, r1 + 4, r2 + 4, r3 + 4, target + 16, 172);
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

  @inline
  add(sums: v128, x: usize): v128 {
    const d = this.d();
    const minimum = this.minimum();
    const scales = changetype<usize>(this) + 16;
    sums = this.addPair(sums, x, 0, scalesOf12X4(scales, false), minimumsOf12X4(scales, false), d, minimum);
    sums = this.addPair(sums, x, 1, scalesOf12X4(scales, false), minimumsOf12X4(scales, false), d, minimum);
    sums = this.addPair(sums, x, 2, scalesOf12X4(scales, true), minimumsOf12X4(scales, true), d, minimum);
    return this.addPair(sums, x, 3, scalesOf12X4(scales, true), minimumsOf12X4(scales, true), d, minimum);
  }

  /** sums + the products of columns 64 j .. 64 j + 63 */
  @inline
  addPair(sums: v128, x: usize, j: u32, scales: v128, minimums: v128, d: v128, minimum: v128): v128 {
    const first = x + ((<usize>j) << 1) * Q8_BYTES;
    const k = (j & 1) << 1;
    let low = i64x2.splat(0);
    let high = i64x2.splat(0);
    let at = changetype<usize>(this) + 192 + ((<usize>j) << 7);
    let bits = changetype<usize>(this) + 64;
    // Only 16 columns' products of 5 bits fit into 16 bits.
    for (let half = first; half < first + 32; half += 16) {
      let lows = i64x2.splat(0);
      let highs = i64x2.splat(0);
      for (let value = half; value < half + 16; value += 8, at += 32, bits += 32) {
        const q0 = v128.load(at);
        const q1 = v128.load(at, 16);
        const b0 = v128.load(bits);
        const b1 = v128.load(bits, 16);
        const a = dotPairs(v128.load32_splat(value), lowFive(q0, b0, j));
        lows = i16x8.add(lows, i16x8.add(a, dotPairs(v128.load32_splat(value, 4), lowFive(q1, b1, j))));
        const b = dotPairs(v128.load32_splat(value, Q8_BYTES), highFive(q0, b0, j));
        highs = i16x8.add(highs, i16x8.add(b, dotPairs(v128.load32_splat(value, Q8_BYTES + 4), highFive(q1, b1, j))));
      }
      low = i32x4.add(low, i32x4.dot_i16x8_s(lows, bytePairs(scales, k)));
      high = i32x4.add(high, i32x4.dot_i16x8_s(highs, bytePairs(scales, k + 1)));
    }
    sums = addScaled(sums, low, scaledMinimum(minimums, k, minimum), d, first);
    return addScaled(sums, high, scaledMinimum(minimums, k + 1, minimum), d, first + Q8_BYTES);
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
        v128.store(target + i, lowFive(both, bits, j));
        v128.store(target + i, highFive(both, bits, j), PANEL_BYTES);
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
  return v128.or(v128.and(i16x8.shr_u(q, 4), v128.load(LOW_NIBBLES)), v128.and(high, v128.load(SIXTEENS)));
}

/** W (rows, n) Q5_K -> packed, rows / 4 groups, rounded up */
export function q5_k_repack(source: usize, target: usize, rows: u32, n: u32): void {
  packRows<Q5_KGroup>(source, target, rows, n);
}

/** One row of packed W -> (n,) Q5_K */
export function q5_k_unpack(w: usize, row: u32, target: usize, n: u32): void {
  unpackRow<Q5_KGroup>(w, row, target, n);
}

/** W (rows, n) packed Q5_K, x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32 */
export function q5_k_matvec(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32): void {
  matvecPacked<Q5_KGroup>(w, x, out, from, to, n);
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
  matmulPacked<Q5_KGroup>(w, x, out, from, to, n, tokens, outStride, scratch);
}
