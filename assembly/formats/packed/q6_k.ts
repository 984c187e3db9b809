/**
 * Q6_K: 256 values in 210 bytes. Each 16 have an 8-bit scale s: value = d * s * (q - 32).
 *
 * ```
 * offset 0     u8  low[128]     byte 64 h + i, i < 64: low nibble: bits 0..3 of value 128 h + i; high nibble:
 *                            of value 128 h + i + 64
 * offset 128   u8  high[64]     byte 32 h + i: bits 2 j and 2 j + 1 are bits 4..5 of value 128 h + 32 j + i
 * offset 192   i8  s[16]
 * offset 208   f16 d
 * ```
 *
 * Packed, a group of rows in 1680 bytes:
 *
 * ```
 * offset 0      f16 d[8]            of rows 0 .. 7
 * offset 16     i8  s[4][8][4]      s[4 i .. 4 i + 3] of row 0, the same of row 1, ...
 * offset 144    u8  low[32][8][4]   likewise
 * offset 1168   u8  high[16][8][4]  likewise
 * ```
 */
import { activation_q8 } from "../../activations/kinds";
import { LOW_NIBBLES, UPPER_PAIRS } from "../../vector/constants";
import { halfToFloat, smallHalfToFloatX4 } from "../../vector/half";
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
import { Offset, PANEL_BYTES, PANEL_D, PANEL_SCALES, signedBytePairs } from "./panel";
import { addSixteens } from "./sixteens";
import { addFour } from "./sums";

const BLOCK_BYTES: usize = 210;

export const q6_k_activation: u32 = activation_q8;

/** source (n,) Q6_K -> target (n,) f32; n is a multiple of 256 */
export function q6_k_dequantize(source: usize, target: usize, n: u32): void {
  for (const end = target + ((<usize>n) << 2); target < end; source += BLOCK_BYTES, target += 1024) {
    const d = halfToFloat(load<u16>(source, 208));
    for (let i: u32 = 0; i < 256; i++) {
      const low = (<u32>load<u8>(source + ((i >> 7) << 6) + (i & 63)) >> (((i >> 6) & 1) << 2)) & 15;
      const high = (<u32>load<u8>(source + ((i >> 7) << 5) + (i & 31), 128) >> (((i >> 5) & 3) << 1)) & 3;
      const q = <i32>(low | (high << 4)) - 32;
      store<f32>(target + (i << 2), d * f32(load<i8>(source + (i >> 4), 192)) * f32(q));
    }
  }
}

@unmanaged
class Q6_KGroup {
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
    packWords(quad, r0 + 192, r1 + 192, r2 + 192, r3 + 192, target + 16, 16);
    packWords(quad, r0, r1, r2, r3, target + 144, 192);
    return packHalves(quad, r0 + 208, r1 + 208, r2 + 208, r3 + 208, target);
  }

  @inline
  unpack(row: u32, target: usize): void {
    const source = changetype<usize>(this);
    unpackHalf(source, row, target + 208);
    unpackWords(source + 16, row, target + 192, 16);
    unpackWords(source + 144, row, target, 192);
  }

  @inline
  d<Q>(): v128 {
    return smallHalfToFloatX4(halves<Q>(v128.load(changetype<usize>(this))));
  }

  /** Scales 4 i .. 4 i + 3: byte 0..3 of each 32-bit lane. */
  @inline
  scales<Q>(i: u32): v128 {
    return v128.load(changetype<usize>(this) + ((<usize>i) << 5), 16 + offsetof<Q>());
  }

  /** The low bits of columns 128 h + v / 8 and 64 more. */
  @inline
  low<Q>(h: u32, v: usize): v128 {
    return v128.load(changetype<usize>(this) + ((<usize>h) << 9) + v, 144 + offsetof<Q>());
  }

  /** The low bits of columns 128 h + 32 + v / 8 and 64 more. */
  @inline
  other<Q>(h: u32, v: usize): v128 {
    return v128.load(changetype<usize>(this) + ((<usize>h) << 9) + v, 400 + offsetof<Q>());
  }

  @inline
  high<Q>(h: u32, v: usize): v128 {
    return v128.load(changetype<usize>(this) + ((<usize>h) << 8) + v, 1168 + offsetof<Q>());
  }

  @inline
  weights(low: v128, other: v128, high: v128, _h: u32, j: u32): v128 {
    const nibbles = j & 1 ? other : low;
    const bits = j === 0 ? i16x8.shl(high, 4) : j === 1 ? i16x8.shl(high, 2) : j === 2 ? high : i16x8.shr_u(high, 2);
    return sixBits(j < 2 ? nibbles : i16x8.shr_u(nibbles, 4), bits);
  }

  @inline
  scaled<Q>(products: v128, i: u32, k: u32): v128 {
    return i32x4.dot_i16x8_s(products, signedBytePairs(this.scales<Q>(i), k));
  }

  /** sums + the products of columns 128 h .. 128 h + 127, in the order of the columns */
  @inline
  finished<Q>(sums: v128, a: v128, b: v128, c: v128, e: v128, _h: u32, x: usize): v128 {
    return addFour(sums, a, b, c, e, this.d<Q>(), x);
  }

  @inline
  add(sums: usize, x: usize): void {
    addSixteens<Q6_KGroup>(changetype<usize>(this), sums, x);
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
        const low = this.low<First>(h, i);
        const other = this.other<First>(h, i);
        const high = this.high<First>(h, i);
        v128.store(target + i, this.weights(low, other, high, h, 0));
        v128.store(target + i, this.weights(low, other, high, h, 1), PANEL_BYTES);
        v128.store(target + i, this.weights(low, other, high, h, 2), 2 * PANEL_BYTES);
        v128.store(target + i, this.weights(low, other, high, h, 3), 3 * PANEL_BYTES);
      }
      for (let j: u32 = 0; j < 4; j++) {
        const panel = target + <usize>j * PANEL_BYTES;
        this.storeSides<First>(panel, (h << 1) + (j >> 1), (j & 1) << 1);
        this.storeSides<Second>(panel + 16, (h << 1) + (j >> 1), (j & 1) << 1);
      }
    }
  }

  /** Fills in what a panel has beside q, for one quad: scales 4 i + k and 4 i + k + 1. */
  @inline
  storeSides<Q>(panel: usize, i: u32, k: u32): void {
    const scales = this.scales<Q>(i);
    v128.store(panel, signedBytePairs(scales, k), PANEL_SCALES);
    v128.store(panel, signedBytePairs(scales, k + 1), PANEL_SCALES + 32);
    v128.store(panel, this.d<Q>(), PANEL_D);
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
    return true;
  }

  @inline
  offset(): Offset {
    return Offset.NONE;
  }
}

/** q from the nibbles in the lower halves of `low` and the pairs of bits in the middle of `high`. */
function sixBits(low: v128, high: v128): v128 {
  return v128.or(v128.and(low, v128.load(LOW_NIBBLES)), v128.and(high, v128.load(UPPER_PAIRS)));
}

/** W (rows, n) Q6_K -> packed, rows / 8 groups, rounded up; returns whether all scales are finite */
export function q6_k_repack(source: usize, target: usize, rows: u32, n: u32): bool {
  return packRows<Q6_KGroup>(source, target, rows, n);
}

/** One row of packed W -> (n,) Q6_K */
export function q6_k_unpack(w: usize, row: u32, target: usize, n: u32): void {
  unpackRow<Q6_KGroup>(w, row, target, n);
}

/** W (rows, n) packed Q6_K, x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32; see matvecPacked */
export function q6_k_matvec(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32, scratch: usize): void {
  matvecPacked<Q6_KGroup>(w, x, out, from, to, n, scratch);
}

/** W (rows, n) packed Q6_K, X (tokens, n) q8: out[:, from..to) = W[from..to) @ X; see matmulAny */
export function q6_k_matmul(
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
  matmulAny<Q6_KGroup>(w, x, out, from, to, n, tokens, outStride, scratch);
}
