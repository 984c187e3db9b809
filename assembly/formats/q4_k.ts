/**
 * Q4_K: 256 values in 144 bytes. Each 32 have a 6-bit scale s and a 6-bit minimum m: value = d * s * q - dmin * m.
 *
 * ```
 * offset 0    f16 d
 * offset 2    f16 dmin
 * offset 4    u8  scales[12]   eight s and eight m, see scalesOf12
 * offset 16   u8  q[128]       byte 32 j + i: low nibble: value 64 j + i, high nibble: value 64 j + 32 + i
 * ```
 *
 * Packed, four rows in 576 bytes:
 *
 * ```
 * offset 0    f16 d[4]             of rows 0, 1, 2, 3
 * offset 8    f16 dmin[4]
 * offset 16   u8  scales[3][4][4]  vector i: scales[4 i .. 4 i + 3] of row 0, the same of row 1, row 2, row 3
 * offset 64   u8  q[32][4][4]      vector v: q[4 v .. 4 v + 3] of row 0, the same of row 1, row 2, row 3
 * ```
 */
import { LOW_NIBBLES } from "../constants";
import { halfToFloat, smallHalfToFloatX4 } from "../half";
import { Q8_BYTES } from "../quantize";
import { packHalves, packRows, packWords, unpackHalf, unpackRow, unpackWords } from "./interleave";
import { matvecPacked } from "./matvec";
import { bytePairs, Offset, PANEL_BYTES } from "./panel";
import { dotPairs } from "./products";
import { minimumOf12, minimumsOf12X4, scaleOf12, scalesOf12X4 } from "./scales";
import { addScaled, scaledMinimum, storeScaled } from "./sums";
import { matmulPacked } from "./tile";

const BLOCK_BYTES: usize = 144;

/** source (n,) Q4_K -> target (n,) f32; n is a multiple of 256 */
export function q4_k_dequantize(source: usize, target: usize, n: u32): void {
  for (const end = target + ((<usize>n) << 2); target < end; source += BLOCK_BYTES, target += 1024) {
    const d = halfToFloat(load<u16>(source));
    const dmin = halfToFloat(load<u16>(source, 2));
    for (let i: u32 = 0; i < 256; i++) {
      const scale = d * f32(scaleOf12(source + 4, i >> 5));
      const minimum = dmin * f32(minimumOf12(source + 4, i >> 5));
      const q = (<u32>load<u8>(source + ((i >> 6) << 5) + (i & 31), 16) >> (((i >> 5) & 1) << 2)) & 15;
      store<f32>(target + (i << 2), scale * f32(q) - minimum);
    }
  }
}

@unmanaged
class Q4_KGroup {
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
    packWords(r0 + 4, r1 + 4, r2 + 4, r3 + 4, target + 16, 140);
  }

  @inline
  unpack(row: u32, target: usize): void {
    const source = changetype<usize>(this);
    unpackHalf(source, row, target);
    unpackHalf(source + 8, row, target + 2);
    unpackWords(source + 16, row, target + 4, 140);
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
    const mask = v128.load(LOW_NIBBLES);
    const first = x + ((<usize>j) << 1) * Q8_BYTES;
    let low = i64x2.splat(0);
    let high = i64x2.splat(0);
    let value = first;
    for (let at = changetype<usize>(this) + 64 + ((<usize>j) << 7); value < first + 32; at += 32, value += 8) {
      const q0 = v128.load(at);
      const q1 = v128.load(at, 16);
      const a = dotPairs(v128.load32_splat(value), v128.and(q0, mask));
      low = i16x8.add(low, i16x8.add(a, dotPairs(v128.load32_splat(value, 4), v128.and(q1, mask))));
      const b = dotPairs(v128.load32_splat(value, Q8_BYTES), v128.and(i16x8.shr_u(q0, 4), mask));
      const c = dotPairs(v128.load32_splat(value, Q8_BYTES + 4), v128.and(i16x8.shr_u(q1, 4), mask));
      high = i16x8.add(high, i16x8.add(b, c));
    }
    const k = (j & 1) << 1;
    const lows = i32x4.dot_i16x8_s(low, bytePairs(scales, k));
    const highs = i32x4.dot_i16x8_s(high, bytePairs(scales, k + 1));
    sums = addScaled(sums, lows, scaledMinimum(minimums, k, minimum), d, first);
    return addScaled(sums, highs, scaledMinimum(minimums, k + 1, minimum), d, first + Q8_BYTES);
  }

  @inline
  toPanels(target: usize): void {
    const mask = v128.load(LOW_NIBBLES);
    const d = this.d();
    const minimum = this.minimum();
    for (let j: u32 = 0; j < 4; j++, target += 2 * PANEL_BYTES) {
      const q = changetype<usize>(this) + 64 + ((<usize>j) << 7);
      for (let i: usize = 0; i < 128; i += 16) {
        const both = v128.load(q + i);
        v128.store(target + i, v128.and(both, mask));
        v128.store(target + i, v128.and(i16x8.shr_u(both, 4), mask), PANEL_BYTES);
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

/** W (rows, n) Q4_K -> packed, rows / 4 groups, rounded up */
export function q4_k_repack(source: usize, target: usize, rows: u32, n: u32): void {
  packRows<Q4_KGroup>(source, target, rows, n);
}

/** One row of packed W -> (n,) Q4_K */
export function q4_k_unpack(w: usize, row: u32, target: usize, n: u32): void {
  unpackRow<Q4_KGroup>(w, row, target, n);
}

/** W (rows, n) packed Q4_K, x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32 */
export function q4_k_matvec(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32): void {
  matvecPacked<Q4_KGroup>(w, x, out, from, to, n);
}

/** W (rows, n) packed Q4_K, X (tokens, n) q8: out[:, from..to) = W[from..to) @ X; see matmulPacked */
export function q4_k_matmul(
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
  matmulPacked<Q4_KGroup>(w, x, out, from, to, n, tokens, outStride, scratch);
}
