/**
 * Q4_0: 32 values in 18 bytes, value = d * (q - 8).
 *
 * ```
 * offset 0   f16 d
 * offset 2   u8  q[16]     low nibble: values 0..15, high nibble: values 16..31
 * ```
 *
 * Packed, a group of rows in 144 bytes:
 *
 * ```
 * offset 0    f16 d[8]          of rows 0 .. 7
 * offset 16   u8  q[4][8][4]    q[4 v .. 4 v + 3] of row 0, the same of row 1, ...
 * ```
 */
import { activation_q8 } from "../../activations/kinds";
import { LOW_NIBBLES, upperNibbles } from "../../vector/constants";
import { finiteHalfToFloatX4, halfToFloat } from "../../vector/half";
import { splatLane32 } from "../../vector/simd";
import { dotPairs } from "../products";
import { centredSum, EIGHT_SCALES, EIGHT_SUMS } from "./eights";
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
import { matmulByEights } from "./matmul";
import { matvecPacked } from "./matvec";
import { fillScales, Offset, ONES_16, PANEL_D, PANEL_OFFSET } from "./panel";
import { addCentred } from "./sums";

const BLOCK_BYTES: usize = 18;
const MINUS_EIGHT: usize = memory.data<f32>([-8, -8, -8, -8], 16);

export const q4_0_activation: u32 = activation_q8;

/** source (n,) Q4_0 -> target (n,) f32; n is a multiple of 32 */
export function q4_0_dequantize(source: usize, target: usize, n: u32): void {
  for (const end = target + ((<usize>n) << 2); target < end; source += BLOCK_BYTES, target += 128) {
    const d = halfToFloat(load<u16>(source));
    for (let i: usize = 0; i < 16; i++) {
      const byte = <i32>load<u8>(source + i, 2);
      store<f32>(target + (i << 2), d * f32((byte & 15) - 8));
      store<f32>(target + (i << 2), d * f32((byte >> 4) - 8), 64);
    }
  }
}

@unmanaged
class Q4_0Group {
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
    packWords(quad, r0 + 2, r1 + 2, r2 + 2, r3 + 2, changetype<usize>(this) + 16, 16);
    return packHalves(quad, r0, r1, r2, r3, changetype<usize>(this));
  }

  @inline
  unpack(row: u32, target: usize): void {
    unpackHalf(changetype<usize>(this), row, target);
    unpackWords(changetype<usize>(this) + 16, row, target + 2, 16);
  }

  @inline
  d<Q>(): v128 {
    return finiteHalfToFloatX4(signedHalves<Q>(v128.load(changetype<usize>(this))));
  }

  @inline
  add(sums: usize, x: usize): void {
    let pairs = i64x2.splat(0);
    let otherPairs = i64x2.splat(0);
    let value = x;
    for (let at = changetype<usize>(this) + 16; value < x + 16; at += 64, value += 8) {
      const low0 = v128.load32_splat(value);
      const high0 = v128.load32_splat(value, 16);
      const low1 = v128.load32_splat(value, 4);
      const high1 = v128.load32_splat(value, 20);
      const q0 = v128.load(at);
      const q1 = v128.load(at, 32);
      pairs = i16x8.add(pairs, this.products(q0, q1, low0, high0, low1, high1));
      const r0 = v128.load(at, 16);
      const r1 = v128.load(at, 48);
      otherPairs = i16x8.add(otherPairs, this.products(r0, r1, low0, high0, low1, high1));
    }
    this.finish(sums, pairs, otherPairs, x);
  }

  @inline
  few(): u32 {
    return 5;
  }

  @inline
  addTwo(sums: usize, x: usize, y: usize): void {
    let a0 = i64x2.splat(0);
    let a1 = i64x2.splat(0);
    let b0 = i64x2.splat(0);
    let b1 = i64x2.splat(0);
    let q = changetype<usize>(this) + 16;
    for (const end = q + 128; q < end; q += 32, x += 4, y += 4) {
      const mask = v128.load(LOW_NIBBLES);
      const first = v128.load(q);
      const second = v128.load(q, 16);
      const firstLow = v128.and(first, mask);
      const secondLow = v128.and(second, mask);
      const firstHigh = upperNibbles(first);
      const secondHigh = upperNibbles(second);
      let low = v128.load32_splat(x);
      let high = v128.load32_splat(x, 16);
      a0 = i16x8.add(a0, i16x8.add(dotPairs(low, firstLow), dotPairs(high, firstHigh)));
      a1 = i16x8.add(a1, i16x8.add(dotPairs(low, secondLow), dotPairs(high, secondHigh)));
      low = v128.load32_splat(y);
      high = v128.load32_splat(y, 16);
      b0 = i16x8.add(b0, i16x8.add(dotPairs(low, firstLow), dotPairs(high, firstHigh)));
      b1 = i16x8.add(b1, i16x8.add(dotPairs(low, secondLow), dotPairs(high, secondHigh)));
    }
    this.finish(sums, a0, a1, x - 16);
    this.finish(sums + 32, b0, b1, y - 16);
  }

  /** A loop for each half of a block: in one for both, V8 spills sums to memory. */
  @inline
  addEight(sums: usize, x: usize): void {
    for (let quad: usize = 0; quad < 32; quad += 16, sums += 128) {
      let a0 = i64x2.splat(0);
      let a1 = i64x2.splat(0);
      let a2 = i64x2.splat(0);
      let a3 = i64x2.splat(0);
      let b0 = i64x2.splat(0);
      let b1 = i64x2.splat(0);
      let b2 = i64x2.splat(0);
      let b3 = i64x2.splat(0);
      const mask = v128.load(LOW_NIBBLES);
      let at = changetype<usize>(this) + 16 + quad;
      let value = x;
      for (const end = at + 128; at < end; at += 32, value += 32) {
        const q = v128.and(v128.load(at), mask);
        const c = v128.load(value);
        const d = v128.load(value, 16);
        let w = splatLane32(q, 0);
        a0 = i16x8.add(a0, dotPairs(c, w));
        b0 = i16x8.add(b0, dotPairs(d, w));
        w = splatLane32(q, 1);
        a1 = i16x8.add(a1, dotPairs(c, w));
        b1 = i16x8.add(b1, dotPairs(d, w));
        w = splatLane32(q, 2);
        a2 = i16x8.add(a2, dotPairs(c, w));
        b2 = i16x8.add(b2, dotPairs(d, w));
        w = splatLane32(q, 3);
        a3 = i16x8.add(a3, dotPairs(c, w));
        b3 = i16x8.add(b3, dotPairs(d, w));
      }
      at -= 128;
      for (const end = at + 128; at < end; at += 32, value += 32) {
        const q = v128.and(i16x8.shr_u(v128.load(at), 4), mask);
        const c = v128.load(value);
        const d = v128.load(value, 16);
        let w = splatLane32(q, 0);
        a0 = i16x8.add(a0, dotPairs(c, w));
        b0 = i16x8.add(b0, dotPairs(d, w));
        w = splatLane32(q, 1);
        a1 = i16x8.add(a1, dotPairs(c, w));
        b1 = i16x8.add(b1, dotPairs(d, w));
        w = splatLane32(q, 2);
        a2 = i16x8.add(a2, dotPairs(c, w));
        b2 = i16x8.add(b2, dotPairs(d, w));
        w = splatLane32(q, 3);
        a3 = i16x8.add(a3, dotPairs(c, w));
        b3 = i16x8.add(b3, dotPairs(d, w));
      }
      const ones = v128.load(ONES_16);
      a0 = i32x4.dot_i16x8_s(a0, ones);
      b0 = i32x4.dot_i16x8_s(b0, ones);
      a1 = i32x4.dot_i16x8_s(a1, ones);
      b1 = i32x4.dot_i16x8_s(b1, ones);
      a2 = i32x4.dot_i16x8_s(a2, ones);
      b2 = i32x4.dot_i16x8_s(b2, ones);
      a3 = i32x4.dot_i16x8_s(a3, ones);
      b3 = i32x4.dot_i16x8_s(b3, ones);
      const d = finiteHalfToFloatX4(v128.load16x4_s(changetype<usize>(this) + (quad >> 1)));
      const offset = v128.load(MINUS_EIGHT);
      const scale = v128.load(x, EIGHT_SCALES);
      const otherScale = v128.load(x, EIGHT_SCALES + 16);
      const centre = f32x4.mul(v128.load(x, EIGHT_SUMS), offset);
      const otherCentre = f32x4.mul(v128.load(x, EIGHT_SUMS + 16), offset);
      v128.store(sums, centredSum(v128.load(sums), a0, centre, splatLane32(d, 0), scale));
      v128.store(sums, centredSum(v128.load(sums, 16), b0, otherCentre, splatLane32(d, 0), otherScale), 16);
      v128.store(sums, centredSum(v128.load(sums, 32), a1, centre, splatLane32(d, 1), scale), 32);
      v128.store(sums, centredSum(v128.load(sums, 48), b1, otherCentre, splatLane32(d, 1), otherScale), 48);
      v128.store(sums, centredSum(v128.load(sums, 64), a2, centre, splatLane32(d, 2), scale), 64);
      v128.store(sums, centredSum(v128.load(sums, 80), b2, otherCentre, splatLane32(d, 2), otherScale), 80);
      v128.store(sums, centredSum(v128.load(sums, 96), a3, centre, splatLane32(d, 3), scale), 96);
      v128.store(sums, centredSum(v128.load(sums, 112), b3, otherCentre, splatLane32(d, 3), otherScale), 112);
    }
  }

  @inline
  finish(sums: usize, pairs: v128, otherPairs: v128, x: usize): void {
    const ones = v128.load(ONES_16);
    const first = i32x4.dot_i16x8_s(pairs, ones);
    const second = i32x4.dot_i16x8_s(otherPairs, ones);
    addCentred(sums, first, second, v128.load(MINUS_EIGHT), this.d<First>(), this.d<Second>(), x);
  }

  /** The products of two vectors of q. */
  @inline
  products(q0: v128, q1: v128, low0: v128, high0: v128, low1: v128, high1: v128): v128 {
    const mask = v128.load(LOW_NIBBLES);
    const first = i16x8.add(dotPairs(low0, v128.and(q0, mask)), dotPairs(high0, upperNibbles(q0)));
    return i16x8.add(first, i16x8.add(dotPairs(low1, v128.and(q1, mask)), dotPairs(high1, upperNibbles(q1))));
  }

  @inline
  toPanels(target: usize): void {
    const mask = v128.load(LOW_NIBBLES);
    for (let i: usize = 0; i < 128; i += 16) {
      const q = v128.load(changetype<usize>(this) + i, 16);
      v128.store(target + i, v128.and(q, mask));
      v128.store(target + i, upperNibbles(q), 128);
    }
    fillScales(target, v128.load(ONES_16));
    v128.store(target, this.d<First>(), PANEL_D);
    v128.store(target, this.d<Second>(), PANEL_D + 16);
    v128.store(target, v128.load(MINUS_EIGHT), PANEL_OFFSET);
    v128.store(target, v128.load(MINUS_EIGHT), PANEL_OFFSET + 16);
  }

  @inline
  halves(): u32 {
    return 2;
  }

  @inline
  isNarrow(): bool {
    return true;
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

/** W (rows, n) Q4_0 -> packed, rows / 8 groups, rounded up; returns whether all scales are finite */
export function q4_0_repack(source: usize, target: usize, rows: u32, n: u32): bool {
  return packRows<Q4_0Group>(source, target, rows, n);
}

/** One row of packed W -> (n,) Q4_0 */
export function q4_0_unpack(w: usize, row: u32, target: usize, n: u32): void {
  unpackRow<Q4_0Group>(w, row, target, n);
}

/** W (rows, n) packed Q4_0, x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32; see matvecPacked */
export function q4_0_matvec(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32, scratch: usize): void {
  matvecPacked<Q4_0Group>(w, x, out, from, to, n, scratch);
}

/** W (rows, n) packed Q4_0, X (tokens, n) q8: out[:, from..to) = W[from..to) @ X; see matmulByEights */
export function q4_0_matmul(
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
  matmulByEights<Q4_0Group>(w, x, out, from, to, n, tokens, outStride, scratch);
}
