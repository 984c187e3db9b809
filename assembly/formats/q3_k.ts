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
 * Packed, a quad of rows in 440 bytes:
 *
 * ```
 * offset 0     f16 d[4]             of rows 0, 1, 2, 3
 * offset 8     u8  scales[3][4][4]  vector i: scales[4 i .. 4 i + 3] of row 0, the same of row 1, row 2, row 3
 * offset 56    u8  high[8][4][4]    likewise
 * offset 184   u8  q[16][4][4]      likewise
 * ```
 *
 * The kernels multiply 8 q, which are around 32 (assembly/quantize.ts), and d / 8.
 */
import { halfToFloat, smallHalfToFloatX4 } from "../half";
import { Q8_BYTES, Q8_PAIRS } from "../quantize";
import { packHalves, packRows, packWords, unpackHalf, unpackRow, unpackWords } from "./interleave";
import { matvecPacked } from "./matvec";
import { Offset, PANEL_BYTES, PANEL_D, PANEL_SCALES, signedBytePairs } from "./panel";
import { dotPairs } from "./products";
import { scaleOfQ3, scalesOfQ3X4 } from "./scales";
import { addFour } from "./sums";
import { matmulPacked } from "./tile";

const BLOCK_BYTES: usize = 110;
/** Bits 3 and 4 of every byte. */
const PAIRS_AT_3: usize = memory.data<u32>([0x18181818, 0x18181818, 0x18181818, 0x18181818], 16);
/** Bit 5 of every byte. */
const BIT_5: usize = memory.data<u32>([0x20202020, 0x20202020, 0x20202020, 0x20202020], 16);
const EIGHTH: usize = memory.data<f32>([0.125, 0.125, 0.125, 0.125], 16);

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
class Q3_KQuad {
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
    packWords(r0 + 96, r1 + 96, r2 + 96, r3 + 96, target + 8, 12);
    packWords(r0, r1, r2, r3, target + 56, 96);
    return packHalves(r0 + 108, r1 + 108, r2 + 108, r3 + 108, target);
  }

  @inline
  unpack(row: u32, target: usize): void {
    const source = changetype<usize>(this);
    unpackHalf(source, row, target + 108);
    unpackWords(source + 8, row, target + 96, 12);
    unpackWords(source + 56, row, target, 96);
  }

  /** d / 8 */
  @inline
  d(): v128 {
    return f32x4.mul(smallHalfToFloatX4(v128.load16x4_u(changetype<usize>(this))), v128.load(EIGHTH));
  }

  /** s - 32 of numbers 4 i .. 4 i + 3: byte 0..3 of each 32-bit lane. */
  @inline
  scales(i: u32): v128 {
    return scalesOfQ3X4(changetype<usize>(this) + 8, i);
  }

  @inline
  add(sums: usize, x: usize): void {
    this.addQuad(sums, x);
    changetype<Q3_KQuad>(changetype<usize>(this) + this.bytes()).addQuad(sums + 16, x);
  }

  @inline
  addQuad(sums: usize, x: usize): void {
    const d = this.d();
    const first = this.addHalf(v128.load(sums), x, 0, d);
    v128.store(sums, this.addHalf(first, x + 4 * Q8_BYTES, 1, d));
  }

  /** sums + the products of columns 128 h .. 128 h + 127, in the order of the columns */
  @inline
  addHalf(sums: v128, x: usize, h: u32, d: v128): v128 {
    let first = i64x2.splat(0);
    let second = i64x2.splat(0);
    let third = i64x2.splat(0);
    let fourth = i64x2.splat(0);
    let at = changetype<usize>(this) + 184 + ((<usize>h) << 7);
    let high = changetype<usize>(this) + 56;
    let scale = 0;
    for (let half = x; half < x + 32; half += 16, scale++) {
      let a = i64x2.splat(0);
      let b = i64x2.splat(0);
      let c = i64x2.splat(0);
      let e = i64x2.splat(0);
      for (let value = half; value < half + 16; value += 4, at += 16, high += 16) {
        const q = v128.load(at);
        const bits = v128.load(high);
        a = i16x8.add(a, dotPairs(v128.load32_splat(value), threeBits(q, bits, h, 0)));
        b = i16x8.add(b, dotPairs(v128.load32_splat(value, Q8_BYTES), threeBits(q, bits, h, 1)));
        c = i16x8.add(c, dotPairs(v128.load32_splat(value, 2 * Q8_BYTES), threeBits(q, bits, h, 2)));
        e = i16x8.add(e, dotPairs(v128.load32_splat(value, 3 * Q8_BYTES), threeBits(q, bits, h, 3)));
      }
      const pairs = x + ((<usize>scale) << 2);
      a = i16x8.sub(a, v128.load32_splat(pairs, Q8_PAIRS));
      b = i16x8.sub(b, v128.load32_splat(pairs, Q8_PAIRS + Q8_BYTES));
      c = i16x8.sub(c, v128.load32_splat(pairs, Q8_PAIRS + 2 * Q8_BYTES));
      e = i16x8.sub(e, v128.load32_splat(pairs, Q8_PAIRS + 3 * Q8_BYTES));
      first = i32x4.add(first, i32x4.dot_i16x8_s(a, signedBytePairs(this.scales(h << 1), scale)));
      second = i32x4.add(second, i32x4.dot_i16x8_s(b, signedBytePairs(this.scales(h << 1), scale + 2)));
      third = i32x4.add(third, i32x4.dot_i16x8_s(c, signedBytePairs(this.scales((h << 1) + 1), scale)));
      fourth = i32x4.add(fourth, i32x4.dot_i16x8_s(e, signedBytePairs(this.scales((h << 1) + 1), scale + 2)));
    }
    return addFour(sums, first, second, third, fourth, d, x);
  }

  @inline
  toPanels(target: usize): void {
    const d = this.d();
    for (let h: u32 = 0; h < 2; h++, target += 4 * PANEL_BYTES) {
      const at = changetype<usize>(this) + 184 + ((<usize>h) << 7);
      for (let i: usize = 0; i < 128; i += 16) {
        const q = v128.load(at + i);
        const bits = v128.load(changetype<usize>(this) + i, 56);
        v128.store(target + 2 * i, threeBits(q, bits, h, 0));
        v128.store(target + 2 * i, threeBits(q, bits, h, 1), PANEL_BYTES);
        v128.store(target + 2 * i, threeBits(q, bits, h, 2), 2 * PANEL_BYTES);
        v128.store(target + 2 * i, threeBits(q, bits, h, 3), 3 * PANEL_BYTES);
      }
      for (let j: u32 = 0; j < 4; j++) {
        const panel = target + <usize>j * PANEL_BYTES;
        const scales = this.scales((h << 1) + (j >> 1));
        v128.store(panel, signedBytePairs(scales, (j & 1) << 1), PANEL_SCALES);
        v128.store(panel, signedBytePairs(scales, ((j & 1) << 1) + 1), PANEL_SCALES + 32);
        v128.store(panel, d, PANEL_D);
      }
    }
  }

  @inline
  halves(): u32 {
    return 2;
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
  return packRows<Q3_KQuad>(source, target, rows, n);
}

/** One row of packed W -> (n,) Q3_K */
export function q3_k_unpack(w: usize, row: u32, target: usize, n: u32): void {
  unpackRow<Q3_KQuad>(w, row, target, n);
}

/** W (rows, n) packed Q3_K, x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32; see matvecPacked */
export function q3_k_matvec(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32, scratch: usize): void {
  matvecPacked<Q3_KQuad>(w, x, out, from, to, n, scratch);
}

/** W (rows, n) packed Q3_K, X (tokens, n) q8: out[:, from..to) = W[from..to) @ X; see matmulPacked */
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
  matmulPacked<Q3_KQuad>(w, x, out, from, to, n, tokens, outStride, scratch);
}
