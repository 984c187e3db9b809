/**
 * Q2_K: 256 values in 84 bytes. Each 16 have a 4-bit scale s and a 4-bit minimum m: value = d * s * q - dmin * m.
 *
 * ```
 * offset 0    u8  scales[16]   low nibble: s, high nibble: m
 * offset 16   u8  q[64]        byte 32 h + i: bits 2 j and 2 j + 1 belong to value 128 h + 32 j + i
 * offset 80   f16 d
 * offset 82   f16 dmin
 * ```
 *
 * Packed, a group of rows in 672 bytes:
 *
 * ```
 * offset 0     f16 d[8]             of rows 0 .. 7
 * offset 16    f16 dmin[8]
 * offset 32    u8  scales[4][8][4]  scales[4 i .. 4 i + 3] of row 0, the same of row 1, ...
 * offset 160   u8  q[16][8][4]      likewise
 * ```
 */
import { activation_q8 } from "../../activations/kinds";
import { Q8_BYTES, Q8_PAIRS, Q8_SCALE } from "../../activations/q8";
import { LOW_NIBBLES, LOW_PAIRS } from "../../vector/constants";
import { halfToFloat, smallHalfToFloatX4 } from "../../vector/half";
import { madd } from "../../vector/simd";
import {
  First,
  halves,
  packHalves,
  packRows,
  packWords,
  Second,
  unpackHalf,
  unpackRow,
  unpackWords,
} from "./interleave";
import { matmulAny } from "./matmul";
import { matvecPacked } from "./matvec";
import { bytePairs, Offset, PANEL_BYTES, PANEL_D, PANEL_OFFSET, PANEL_OFFSETS, PANEL_SCALES } from "./panel";
import { addSixteens } from "./sixteens";

const BLOCK_BYTES: usize = 84;
/** The pairs of sums of activations are 32 times too large. */
const MINUS_32ND: usize = memory.data<f32>([-0.03125, -0.03125, -0.03125, -0.03125], 16);

export const q2_k_activation: u32 = activation_q8;

/** source (n,) Q2_K -> target (n,) f32; n is a multiple of 256 */
export function q2_k_dequantize(source: usize, target: usize, n: u32): void {
  for (const end = target + ((<usize>n) << 2); target < end; source += BLOCK_BYTES, target += 1024) {
    const d = halfToFloat(load<u16>(source, 80));
    const dmin = halfToFloat(load<u16>(source, 82));
    for (let i: u32 = 0; i < 256; i++) {
      const scale = <u32>load<u8>(source + (i >> 4));
      const q = (<u32>load<u8>(source + ((i >> 7) << 5) + (i & 31), 16) >> (((i >> 5) & 3) << 1)) & 3;
      store<f32>(target + (i << 2), d * f32(scale & 15) * f32(q) - dmin * f32(scale >> 4));
    }
  }
}

@unmanaged
class Q2_KGroup {
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
    packWords(quad, r0, r1, r2, r3, target + 32, 80);
    const notFinite = packHalves(quad, r0 + 80, r1 + 80, r2 + 80, r3 + 80, target);
    return v128.or(notFinite, packHalves(quad, r0 + 82, r1 + 82, r2 + 82, r3 + 82, target + 16));
  }

  @inline
  unpack(row: u32, target: usize): void {
    const source = changetype<usize>(this);
    unpackHalf(source, row, target + 80);
    unpackHalf(source + 16, row, target + 82);
    unpackWords(source + 32, row, target, 80);
  }

  @inline
  d<Q>(): v128 {
    return smallHalfToFloatX4(halves<Q>(v128.load(changetype<usize>(this))));
  }

  /** -dmin / 32 */
  @inline
  minimum<Q>(): v128 {
    const dmin = halves<Q>(v128.load(changetype<usize>(this), 16));
    return f32x4.mul(smallHalfToFloatX4(dmin), v128.load(MINUS_32ND));
  }

  /** Bytes 4 i .. 4 i + 3 of the scales of a quad's rows. */
  @inline
  word<Q>(i: u32): v128 {
    return v128.load(changetype<usize>(this) + ((<usize>i) << 5), 32 + offsetof<Q>());
  }

  /** Scales 4 i .. 4 i + 3: byte 0..3 of each 32-bit lane. */
  @inline
  scales<Q>(i: u32): v128 {
    return v128.and(this.word<Q>(i), v128.load(LOW_NIBBLES));
  }

  @inline
  minimums<Q>(i: u32): v128 {
    return v128.and(i16x8.shr_u(this.word<Q>(i), 4), v128.load(LOW_NIBBLES));
  }

  @inline
  low<Q>(h: u32, v: usize): v128 {
    return v128.load(changetype<usize>(this) + ((<usize>h) << 8) + v, 160 + offsetof<Q>());
  }

  @inline
  other<_Q>(_h: u32, _v: usize): v128 {
    return i64x2.splat(0);
  }

  @inline
  high<_Q>(_h: u32, _v: usize): v128 {
    return i64x2.splat(0);
  }

  @inline
  weights(low: v128, _other: v128, _high: v128, _h: u32, j: u32): v128 {
    return v128.and(j === 0 ? low : i16x8.shr_u(low, j << 1), v128.load(LOW_PAIRS));
  }

  @inline
  scaled<Q>(products: v128, i: u32, k: u32): v128 {
    return i32x4.dot_i16x8_s(products, bytePairs(this.scales<Q>(i), k));
  }

  /** sums + the products of columns 128 h .. 128 h + 127, in the order of the columns */
  @inline
  finished<Q>(sums: v128, a: v128, b: v128, c: v128, e: v128, h: u32, x: usize): v128 {
    const d = this.d<Q>();
    const minimum = this.minimum<Q>();
    sums = this.addScaled<Q>(sums, a, h << 1, 0, d, minimum, x);
    sums = this.addScaled<Q>(sums, b, h << 1, 2, d, minimum, x + Q8_BYTES);
    sums = this.addScaled<Q>(sums, c, (h << 1) + 1, 0, d, minimum, x + 2 * Q8_BYTES);
    return this.addScaled<Q>(sums, e, (h << 1) + 1, 2, d, minimum, x + 3 * Q8_BYTES);
  }

  @inline
  add(sums: usize, x: usize): void {
    addSixteens<Q2_KGroup>(changetype<usize>(this), sums, x);
  }

  /** sums + the scaled total of 32 columns, whose minima are numbers 4 i + k and 4 i + k + 1. */
  @inline
  addScaled<Q>(sums: v128, total: v128, i: u32, k: u32, d: v128, minimum: v128, x: usize): v128 {
    const minimums = this.minimums<Q>(i);
    const low = i32x4.dot_i16x8_s(v128.load32_splat(x, Q8_PAIRS), bytePairs(minimums, k));
    const high = i32x4.dot_i16x8_s(v128.load32_splat(x, Q8_PAIRS + 4), bytePairs(minimums, k + 1));
    const offset = f32x4.mul(minimum, f32x4.convert_i32x4_s(i32x4.add(low, high)));
    return madd(madd(f32x4.convert_i32x4_s(total), d, offset), v128.load32_splat(x, Q8_SCALE), sums);
  }

  @inline
  few(): u32 {
    return JOINS_VECTORS ? 3 : 2;
  }

  @inline
  addTwo(sums: usize, x: usize, y: usize): void {
    this.add(sums, x);
    this.add(sums + 32, y);
  }

  @inline
  toPanels(target: usize): void {
    for (let h: u32 = 0; h < 2; h++, target += 4 * PANEL_BYTES) {
      for (let i: usize = 0; i < 256; i += 16) {
        const q = this.low<First>(h, i);
        v128.store(target + i, this.weights(q, q, q, h, 0));
        v128.store(target + i, this.weights(q, q, q, h, 1), PANEL_BYTES);
        v128.store(target + i, this.weights(q, q, q, h, 2), 2 * PANEL_BYTES);
        v128.store(target + i, this.weights(q, q, q, h, 3), 3 * PANEL_BYTES);
      }
      for (let j: u32 = 0; j < 4; j++) {
        const panel = target + <usize>j * PANEL_BYTES;
        this.storeSides<First>(panel, (h << 1) + (j >> 1), (j & 1) << 1);
        this.storeSides<Second>(panel + 16, (h << 1) + (j >> 1), (j & 1) << 1);
      }
    }
  }

  /** Fills in what a panel has beside q, for one quad: scales and minimums 4 i + k and 4 i + k + 1. */
  @inline
  storeSides<Q>(panel: usize, i: u32, k: u32): void {
    v128.store(panel, bytePairs(this.scales<Q>(i), k), PANEL_SCALES);
    v128.store(panel, bytePairs(this.scales<Q>(i), k + 1), PANEL_SCALES + 32);
    v128.store(panel, bytePairs(this.minimums<Q>(i), k), PANEL_OFFSETS);
    v128.store(panel, bytePairs(this.minimums<Q>(i), k + 1), PANEL_OFFSETS + 32);
    v128.store(panel, this.d<Q>(), PANEL_D);
    v128.store(panel, this.minimum<Q>(), PANEL_OFFSET);
  }

  @inline
  halves(): u32 {
    return 2;
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
    return Offset.OF_HALVES;
  }
}

/** W (rows, n) Q2_K -> packed, rows / 8 groups, rounded up; returns whether all scales are finite */
export function q2_k_repack(source: usize, target: usize, rows: u32, n: u32): bool {
  return packRows<Q2_KGroup>(source, target, rows, n);
}

/** One row of packed W -> (n,) Q2_K */
export function q2_k_unpack(w: usize, row: u32, target: usize, n: u32): void {
  unpackRow<Q2_KGroup>(w, row, target, n);
}

/** W (rows, n) packed Q2_K, x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32; see matvecPacked */
export function q2_k_matvec(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32, scratch: usize): void {
  matvecPacked<Q2_KGroup>(w, x, out, from, to, n, scratch);
}

/** W (rows, n) packed Q2_K, X (tokens, n) q8: out[:, from..to) = W[from..to) @ X; see matmulAny */
export function q2_k_matmul(
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
  matmulAny<Q2_KGroup>(w, x, out, from, to, n, tokens, outStride, scratch);
}
