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
 * Packed, a group of rows in 1152 bytes:
 *
 * ```
 * offset 0     f16 d[8]             of rows 0 .. 7
 * offset 16    f16 dmin[8]
 * offset 32    u8  scales[3][8][4]  scales[4 i .. 4 i + 3] of row 0, the same of row 1, ...
 * offset 128   u8  q[32][8][4]      likewise
 * ```
 */
import { activation_q8 } from "../../activations/kinds";
import { Q8_BYTES } from "../../activations/q8";
import { LOW_NIBBLES, upperNibbles } from "../../vector/constants";
import { halfToFloat } from "../../vector/half";
import { dotPairs } from "../products";
import { First, packHalves, packRows, packWords, Second, unpackHalf, unpackRow, unpackWords } from "./interleave";
import { matmulAny } from "./matmul";
import { matvecPacked } from "./matvec";
import { PANEL_BYTES } from "./panel";
import { ScaledGroup } from "./scaled-group";
import { minimumOf12, scaleOf12 } from "./scales";

const BLOCK_BYTES: usize = 144;

export const q4_k_activation: u32 = activation_q8;

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
class Q4_KGroup extends ScaledGroup {
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
    packWords(quad, r0 + 4, r1 + 4, r2 + 4, r3 + 4, target + 32, 140);
    const notFinite = packHalves(quad, r0, r1, r2, r3, target);
    return v128.or(notFinite, packHalves(quad, r0 + 2, r1 + 2, r2 + 2, r3 + 2, target + 16));
  }

  @inline
  unpack(row: u32, target: usize): void {
    const source = changetype<usize>(this);
    unpackHalf(source, row, target);
    unpackHalf(source + 16, row, target + 2);
    unpackWords(source + 32, row, target + 4, 140);
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
    const mask = v128.load(LOW_NIBBLES);
    const first = x + ((<usize>j) << 1) * Q8_BYTES;
    let low = i64x2.splat(0);
    let high = i64x2.splat(0);
    let otherLow = i64x2.splat(0);
    let otherHigh = i64x2.splat(0);
    let value = first;
    for (let at = changetype<usize>(this) + 128 + ((<usize>j) << 8); value < first + 32; at += 32, value += 4) {
      const q = v128.load(at);
      const other = v128.load(at, 16);
      const a = v128.load32_splat(value);
      low = i16x8.add(low, dotPairs(a, v128.and(q, mask)));
      otherLow = i16x8.add(otherLow, dotPairs(a, v128.and(other, mask)));
      const b = v128.load32_splat(value, Q8_BYTES);
      high = i16x8.add(high, dotPairs(b, upperNibbles(q)));
      otherHigh = i16x8.add(otherHigh, dotPairs(b, upperNibbles(other)));
    }
    low = this.scaled<First>(low, j, 0);
    high = this.scaled<First>(high, j, 1);
    otherLow = this.scaled<Second>(otherLow, j, 0);
    otherHigh = this.scaled<Second>(otherHigh, j, 1);
    this.finish(sums, low, high, otherLow, otherHigh, j, d0, d1, minimum0, minimum1, first);
  }

  @inline
  isNarrow(): bool {
    return true;
  }

  @inline
  few(): u32 {
    return 5;
  }

  @inline
  addTwo(sums: usize, x: usize, y: usize): void {
    const d0 = this.d<First>();
    const d1 = this.d<Second>();
    const minimum0 = this.minimum<First>();
    const minimum1 = this.minimum<Second>();
    this.addPairTwo(sums, x, y, 0, d0, d1, minimum0, minimum1);
    this.addPairTwo(sums, x, y, 1, d0, d1, minimum0, minimum1);
    this.addPairTwo(sums, x, y, 2, d0, d1, minimum0, minimum1);
    this.addPairTwo(sums, x, y, 3, d0, d1, minimum0, minimum1);
  }

  /** {@link addPair} for two tokens: a and b. */
  @inline
  addPairTwo(sums: usize, x: usize, y: usize, j: u32, d0: v128, d1: v128, minimum0: v128, minimum1: v128): void {
    const mask = v128.load(LOW_NIBBLES);
    x += ((<usize>j) << 1) * Q8_BYTES;
    y += ((<usize>j) << 1) * Q8_BYTES;
    let a0 = i64x2.splat(0);
    let a1 = i64x2.splat(0);
    let a2 = i64x2.splat(0);
    let a3 = i64x2.splat(0);
    let b0 = i64x2.splat(0);
    let b1 = i64x2.splat(0);
    let b2 = i64x2.splat(0);
    let b3 = i64x2.splat(0);
    let at = changetype<usize>(this) + 128 + ((<usize>j) << 8);
    for (const end = at + 256; at < end; at += 32, x += 4, y += 4) {
      const q = v128.load(at);
      const other = v128.load(at, 16);
      let a = v128.load32_splat(x);
      let b = v128.load32_splat(y);
      const low = v128.and(q, mask);
      const otherLow = v128.and(other, mask);
      a0 = i16x8.add(a0, dotPairs(a, low));
      a2 = i16x8.add(a2, dotPairs(a, otherLow));
      b0 = i16x8.add(b0, dotPairs(b, low));
      b2 = i16x8.add(b2, dotPairs(b, otherLow));
      a = v128.load32_splat(x, Q8_BYTES);
      b = v128.load32_splat(y, Q8_BYTES);
      const high = upperNibbles(q);
      const otherHigh = upperNibbles(other);
      a1 = i16x8.add(a1, dotPairs(a, high));
      a3 = i16x8.add(a3, dotPairs(a, otherHigh));
      b1 = i16x8.add(b1, dotPairs(b, high));
      b3 = i16x8.add(b3, dotPairs(b, otherHigh));
    }
    x -= 32;
    y -= 32;
    a0 = this.scaled<First>(a0, j, 0);
    a1 = this.scaled<First>(a1, j, 1);
    a2 = this.scaled<Second>(a2, j, 0);
    a3 = this.scaled<Second>(a3, j, 1);
    this.finish(sums, a0, a1, a2, a3, j, d0, d1, minimum0, minimum1, x);
    b0 = this.scaled<First>(b0, j, 0);
    b1 = this.scaled<First>(b1, j, 1);
    b2 = this.scaled<Second>(b2, j, 0);
    b3 = this.scaled<Second>(b3, j, 1);
    this.finish(sums + 32, b0, b1, b2, b3, j, d0, d1, minimum0, minimum1, y);
  }

  @inline
  toPanels(target: usize): void {
    const mask = v128.load(LOW_NIBBLES);
    const d0 = this.d<First>();
    const d1 = this.d<Second>();
    const minimum0 = this.minimum<First>();
    const minimum1 = this.minimum<Second>();
    for (let j: u32 = 0; j < 4; j++, target += 2 * PANEL_BYTES) {
      const q = changetype<usize>(this) + 128 + ((<usize>j) << 8);
      for (let i: usize = 0; i < 256; i += 16) {
        const both = v128.load(q + i);
        v128.store(target + i, v128.and(both, mask));
        v128.store(target + i, upperNibbles(both), PANEL_BYTES);
      }
      this.storeSides<First>(target, j, d0, minimum0);
      this.storeSides<Second>(target + 16, j, d1, minimum1);
    }
  }
}

/** W (rows, n) Q4_K -> packed, rows / 8 groups, rounded up; returns whether all scales are finite */
export function q4_k_repack(source: usize, target: usize, rows: u32, n: u32): bool {
  return packRows<Q4_KGroup>(source, target, rows, n);
}

/** One row of packed W -> (n,) Q4_K */
export function q4_k_unpack(w: usize, row: u32, target: usize, n: u32): void {
  unpackRow<Q4_KGroup>(w, row, target, n);
}

/** W (rows, n) packed Q4_K, x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32; see matvecPacked */
export function q4_k_matvec(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32, scratch: usize): void {
  matvecPacked<Q4_KGroup>(w, x, out, from, to, n, scratch);
}

/** W (rows, n) packed Q4_K, X (tokens, n) q8: out[:, from..to) = W[from..to) @ X; see matmulAny */
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
  matmulAny<Q4_KGroup>(w, x, out, from, to, n, tokens, outStride, scratch);
}
