/**
 * Q8_0: 32 values in 34 bytes, value = d * q.
 *
 * ```
 * offset 0   f16 d
 * offset 2   i8  q[32]
 * ```
 *
 * Packed, four rows in 136 bytes, with q + 128 in the place of q:
 *
 * ```
 * offset 0   f16 d[4]          of rows 0, 1, 2, 3
 * offset 8   u8  q[8][4][4]    vector v: q[4 v .. 4 v + 3] of row 0, the same of row 1, row 2, row 3
 * ```
 *
 * A whole byte is too large for the products of bytes (products.ts), so its nibbles are multiplied apart.
 */
import { LOW_NIBBLES } from "../constants";
import { halfToFloat, halfToFloatX4 } from "../half";
import { Q8_SCALE, Q8_SUM } from "../quantize";
import { madd } from "../simd";
import { packHalves, packRows, packWords, unpackHalf, unpackRow, unpackWords } from "./interleave";
import { matvecPacked } from "./matvec";
import { Offset, ONES_16, PANEL_BYTES, PANEL_D, PANEL_OFFSET, PANEL_SCALES, SIXTEENS_16 } from "./panel";
import { dotPairs } from "./products";
import { matmulPacked } from "./tile";

const BLOCK_BYTES: usize = 34;
const MINUS_128: usize = memory.data<f32>([-128, -128, -128, -128], 16);

/** source (n,) Q8_0 -> target (n,) f32; n is a multiple of 32 */
export function q8_0_dequantize(source: usize, target: usize, n: u32): void {
  for (const end = target + ((<usize>n) << 2); target < end; source += BLOCK_BYTES, target += 128) {
    const d = halfToFloat(load<u16>(source));
    for (let i: usize = 0; i < 32; i++) store<f32>(target + (i << 2), d * f32(load<i8>(source + i, 2)));
  }
}

/** Takes 128 to or from every one of the bytes, modulo 256. */
function flipTopBits(at: usize, bytes: usize): void {
  for (const end = at + bytes; at < end; at += 4) store<u32>(at, load<u32>(at) ^ 0x80808080);
}

@unmanaged
class Q8_0Group {
  @inline
  columns(): u32 {
    return 32;
  }

  @inline
  bytes(): usize {
    return 4 * BLOCK_BYTES;
  }

  @inline
  pack(r0: usize, r1: usize, r2: usize, r3: usize): void {
    packHalves(r0, r1, r2, r3, changetype<usize>(this));
    packWords(r0 + 2, r1 + 2, r2 + 2, r3 + 2, changetype<usize>(this) + 8, 32);
    flipTopBits(changetype<usize>(this) + 8, 128);
  }

  @inline
  unpack(row: u32, target: usize): void {
    unpackHalf(changetype<usize>(this), row, target);
    unpackWords(changetype<usize>(this) + 8, row, target + 2, 32);
    flipTopBits(target + 2, 32);
  }

  @inline
  add(sums: v128, x: usize): v128 {
    const mask = v128.load(LOW_NIBBLES);
    let low = i64x2.splat(0);
    let high = i64x2.splat(0);
    let value = x;
    // Rounds of two vectors: V8 12 and older load all that a stretch of code needs first.
    for (let at = changetype<usize>(this) + 8; value < x + 32; at += 32, value += 8) {
      const first = v128.load(at);
      const second = v128.load(at, 16);
      const a = v128.load32_splat(value);
      const b = v128.load32_splat(value, 4);
      low = i16x8.add(low, i16x8.add(dotPairs(a, v128.and(first, mask)), dotPairs(b, v128.and(second, mask))));
      const c = dotPairs(a, v128.and(i16x8.shr_u(first, 4), mask));
      high = i16x8.add(high, i16x8.add(c, dotPairs(b, v128.and(i16x8.shr_u(second, 4), mask))));
    }
    const d = halfToFloatX4(v128.load16x4_u(changetype<usize>(this)));
    const lows = i32x4.dot_i16x8_s(low, v128.load(ONES_16));
    const highs = i32x4.dot_i16x8_s(high, v128.load(SIXTEENS_16));
    const total = f32x4.convert_i32x4_s(i32x4.add(lows, highs));
    const centred = madd(v128.load32_splat(x, Q8_SUM), v128.load(MINUS_128), total);
    return madd(centred, f32x4.mul(d, v128.load32_splat(x, Q8_SCALE)), sums);
  }

  @inline
  toPanels(target: usize): void {
    const mask = v128.load(LOW_NIBBLES);
    for (let i: usize = 0; i < 128; i += 16) {
      const q = v128.load(changetype<usize>(this) + i, 8);
      v128.store(target + i, v128.and(q, mask));
      v128.store(target + i, v128.and(i16x8.shr_u(q, 4), mask), PANEL_BYTES);
    }
    v128.store(target, v128.load(ONES_16), PANEL_SCALES);
    v128.store(target, v128.load(ONES_16), PANEL_SCALES + 16);
    const high = target + PANEL_BYTES;
    v128.store(high, v128.load(SIXTEENS_16), PANEL_SCALES);
    v128.store(high, v128.load(SIXTEENS_16), PANEL_SCALES + 16);
    v128.store(high, halfToFloatX4(v128.load16x4_u(changetype<usize>(this))), PANEL_D);
    v128.store(high, v128.load(MINUS_128), PANEL_OFFSET);
  }

  @inline
  halves(): u32 {
    return 4;
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

/** W (rows, n) Q8_0 -> packed, rows / 4 groups, rounded up */
export function q8_0_repack(source: usize, target: usize, rows: u32, n: u32): void {
  packRows<Q8_0Group>(source, target, rows, n);
}

/** One row of packed W -> (n,) Q8_0 */
export function q8_0_unpack(w: usize, row: u32, target: usize, n: u32): void {
  unpackRow<Q8_0Group>(w, row, target, n);
}

/** W (rows, n) packed Q8_0, x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32 */
export function q8_0_matvec(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32): void {
  matvecPacked<Q8_0Group>(w, x, out, from, to, n);
}

/** W (rows, n) packed Q8_0, X (tokens, n) q8: out[:, from..to) = W[from..to) @ X; see matmulPacked */
export function q8_0_matmul(
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
  matmulPacked<Q8_0Group>(w, x, out, from, to, n, tokens, outStride, scratch);
}
