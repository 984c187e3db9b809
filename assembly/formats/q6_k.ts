/**
 * Q6_K: 256 values in 210 bytes. Each 16 have an 8-bit scale s: value = d * s * (q - 32).
 *
 * ```
 * offset 0     u8  low[128]     byte 64 h + i, i < 64: low nibble: bits 0..3 of value 128 h + i, high nibble: of 64 more
 * offset 128   u8  high[64]     byte 32 h + i: bits 2 j and 2 j + 1 are bits 4..5 of value 128 h + 32 j + i
 * offset 192   i8  s[16]
 * offset 208   f16 d
 * ```
 *
 * The -32 makes a minimum of 32 s with the scale d.
 */
import { LOW_NIBBLES, LOW_PAIRS } from "../constants";
import { halfToFloat } from "../half";
import { floatsOfHalf } from "./scales";
import { matmulSuper, matvecSuper } from "./superblock";

const BLOCK_BYTES: usize = 210;

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
class Q6_KBlock {
  @inline
  bytes(): usize {
    return BLOCK_BYTES;
  }

  @inline
  d(): f32 {
    return halfToFloat(load<u16>(changetype<usize>(this), 208));
  }

  @inline
  low(g: u32): v128 {
    const at = changetype<usize>(this) + ((<usize>g >> 2) << 6) + ((<usize>g & 1) << 5);
    const low = v128.and(i16x8.shr_u(v128.load(at), (g & 2) << 1), v128.load(LOW_NIBBLES));
    const pairs = v128.load(changetype<usize>(this) + ((<usize>g >> 2) << 5), 128);
    const high = v128.and(i16x8.shr_u(pairs, (g & 3) << 1), v128.load(LOW_PAIRS));
    return v128.or(low, i16x8.shl(high, 4));
  }

  @inline
  high(g: u32): v128 {
    const at = changetype<usize>(this) + ((<usize>g >> 2) << 6) + ((<usize>g & 1) << 5);
    const low = v128.and(i16x8.shr_u(v128.load(at, 16), (g & 2) << 1), v128.load(LOW_NIBBLES));
    const pairs = v128.load(changetype<usize>(this) + ((<usize>g >> 2) << 5), 144);
    const high = v128.and(i16x8.shr_u(pairs, (g & 3) << 1), v128.load(LOW_PAIRS));
    return v128.or(low, i16x8.shl(high, 4));
  }

  @inline
  isSmall(): bool {
    return true;
  }

  @inline
  hasHalfScales(): bool {
    return true;
  }

  @inline
  scales(k: u32): v128 {
    return v128.load8x8_s(changetype<usize>(this) + ((<usize>k) << 3), 192);
  }

  @inline
  minimums(): u32 {
    return 16;
  }

  @inline
  minimum(k: u32, scales: v128): v128 {
    return floatsOfHalf(scales, (k & 1) === 1);
  }

  @inline
  dmin(): f32 {
    return 32 * this.d();
  }
}

/** W (rows, n) Q6_K @ x (n,) q8 -> out (rows,) f32 */
export function q6_k_matvec(w: usize, x: usize, out: usize, rows: u32, n: u32): void {
  matvecSuper<Q6_KBlock>(w, x, out, rows, n);
}

/** W (rows, n) Q6_K @ X (tokens, n) q8 -> out (tokens, rows) f32, tokens of out `outStride` bytes apart */
export function q6_k_matmul(w: usize, x: usize, out: usize, rows: u32, n: u32, tokens: u32, outStride: u32): void {
  matmulSuper<Q6_KBlock>(w, x, out, rows, n, tokens, outStride);
}
