/**
 * Q3_K: 256 values in 110 bytes. Each 16 have a 6-bit scale s: value = d * (s - 32) * (q - 4).
 *
 * ```
 * offset 0     u8  high[32]     byte i: bit j is bit 2 of the q of value 32 j + i
 * offset 32    u8  q[64]        byte 32 h + i: bits 2 j and 2 j + 1 belong to value 128 h + 32 j + i
 * offset 96    u8  scales[12]   sixteen s, see scalesOfQ3X4
 * offset 108   f16 d
 * ```
 *
 * Packed, a group of rows in 880 bytes:
 *
 * ```
 * offset 0     f16 d[8]             of rows 0 .. 7
 * offset 16    u8  scales[3][8][4]  scales[4 i .. 4 i + 3] of row 0, the same of row 1, ...
 * offset 112   u8  high[8][8][4]    likewise
 * offset 368   u8  q[16][8][4]      likewise
 * ```
 *
 * The kernels multiply 8 q, which are around 32 (assembly/activations/q8.ts), and d / 8.
 */
import { activation_q8 } from "../../activations/kinds";
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
import { scaleOfQ3, scalesOfQ3X4 } from "./scales";
import { addSixteens } from "./sixteens";
import { addFour } from "./sums";

const BLOCK_BYTES: usize = 110;
/** Bits 3 and 4 of every byte. */
const PAIRS_AT_3: usize = memory.data<u32>([0x18181818, 0x18181818, 0x18181818, 0x18181818], 16);
/** Bit 5 of every byte. */
const BIT_5: usize = memory.data<u32>([0x20202020, 0x20202020, 0x20202020, 0x20202020], 16);
const EIGHTH: usize = memory.data<f32>([0.125, 0.125, 0.125, 0.125], 16);

export const q3_k_activation: u32 = activation_q8;

/** source (n,) Q3_K -> target (n,) f32; n is a multiple of 256 */
export function q3_k_dequantize(source: usize, target: usize, n: u32): void {
  for (const end = target + ((<usize>n) << 2); target < end; source += BLOCK_BYTES, target += 1024) {
    const d = halfToFloat(load<u16>(source, 108));
    for (let i: u32 = 0; i < 256; i++) {
      const low = (<u32>load<u8>(source + ((i >> 7) << 5) + (i & 31), 32) >> (((i >> 5) & 3) << 1)) & 3;
      const high = (<u32>load<u8>(source + (i & 31)) >> (i >> 5)) & 1;
      const q = <i32>(low | (high << 2)) - 4;
      store<f32>(target + (i << 2), d * f32(scaleOfQ3(source + 96, i >> 4)) * f32(q));
    }
  }
}

@unmanaged
class Q3_KGroup {
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
    packWords(quad, r0 + 96, r1 + 96, r2 + 96, r3 + 96, target + 16, 12);
    packWords(quad, r0, r1, r2, r3, target + 112, 96);
    return packHalves(quad, r0 + 108, r1 + 108, r2 + 108, r3 + 108, target);
  }

  @inline
  unpack(row: u32, target: usize): void {
    const source = changetype<usize>(this);
    unpackHalf(source, row, target + 108);
    unpackWords(source + 16, row, target + 96, 12);
    unpackWords(source + 112, row, target, 96);
  }

  /** d / 8 */
  @inline
  d<Q>(): v128 {
    const d = halves<Q>(v128.load(changetype<usize>(this)));
    return f32x4.mul(smallHalfToFloatX4(d), v128.load(EIGHTH));
  }

  /** s - 32 of numbers 4 i .. 4 i + 3: byte 0..3 of each 32-bit lane. */
  @inline
  scales<Q>(i: u32): v128 {
    const nibbles = v128.load(changetype<usize>(this) + ((<usize>i & 1) << 5), 16 + offsetof<Q>());
    return scalesOfQ3X4(nibbles, v128.load(changetype<usize>(this), 80 + offsetof<Q>()), i);
  }

  @inline
  low<Q>(h: u32, v: usize): v128 {
    return v128.load(changetype<usize>(this) + ((<usize>h) << 8) + v, 368 + offsetof<Q>());
  }

  @inline
  other<_Q>(_h: u32, _v: usize): v128 {
    return i64x2.splat(0);
  }

  @inline
  high<Q>(_h: u32, v: usize): v128 {
    return v128.load(changetype<usize>(this) + v, 112 + offsetof<Q>());
  }

  @inline
  weights(low: v128, _other: v128, high: v128, h: u32, j: u32): v128 {
    return threeBits(low, high, h, j);
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
    addSixteens<Q3_KGroup>(changetype<usize>(this), sums, x);
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
        const bits = this.high<First>(h, i);
        v128.store(target + i, threeBits(q, bits, h, 0));
        v128.store(target + i, threeBits(q, bits, h, 1), PANEL_BYTES);
        v128.store(target + i, threeBits(q, bits, h, 2), 2 * PANEL_BYTES);
        v128.store(target + i, threeBits(q, bits, h, 3), 3 * PANEL_BYTES);
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

/** 8 q of values 128 h + 32 j + i. */
function threeBits(q: v128, bits: v128, h: u32, j: u32): v128 {
  const low = j < 2 ? i16x8.shl(q, 3 - (j << 1)) : i16x8.shr_u(q, (j << 1) - 3);
  const bit = (h << 2) + j;
  const high = bit < 5 ? i16x8.shl(bits, 5 - bit) : i16x8.shr_u(bits, bit - 5);
  return v128.or(v128.and(low, v128.load(PAIRS_AT_3)), v128.and(high, v128.load(BIT_5)));
}

/** W (rows, n) Q3_K -> packed, rows / 8 groups, rounded up; returns whether all scales are finite */
export function q3_k_repack(source: usize, target: usize, rows: u32, n: u32): bool {
  return packRows<Q3_KGroup>(source, target, rows, n);
}

/** One row of packed W -> (n,) Q3_K */
export function q3_k_unpack(w: usize, row: u32, target: usize, n: u32): void {
  unpackRow<Q3_KGroup>(w, row, target, n);
}

/** W (rows, n) packed Q3_K, x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32; see matvecPacked */
export function q3_k_matvec(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32, scratch: usize): void {
  matvecPacked<Q3_KGroup>(w, x, out, from, to, n, scratch);
}

/** W (rows, n) packed Q3_K, X (tokens, n) q8: out[:, from..to) = W[from..to) @ X; see matmulAny */
export function q3_k_matmul(
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
  matmulAny<Q3_KGroup>(w, x, out, from, to, n, tokens, outStride, scratch);
}
