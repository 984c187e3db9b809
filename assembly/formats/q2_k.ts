/**
 * Q2_K: 256 values in 84 bytes. Each 16 have a 4-bit scale s and a 4-bit minimum m: value = d * s * q - dmin * m.
 *
 * ```
 * offset 0    u8  scales[16]   low nibble: s, high nibble: m
 * offset 16   u8  q[64]        byte 32 h + i: bits 2 j and 2 j + 1 belong to value 128 h + 32 j + i
 * offset 80   f16 d
 * offset 82   f16 dmin
 * ```
 */
import { LOW_PAIRS } from "../constants";
import { halfToFloat } from "../half";
import { floats4, LOW_NIBBLES_64, widen8 } from "./scales";
import { matmulSuper, matvecSuper } from "./superblock";

const BLOCK_BYTES: usize = 84;

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
class Q2_KBlock {
  @inline
  bytes(): usize {
    return BLOCK_BYTES;
  }

  @inline
  d(): f32 {
    return halfToFloat(load<u16>(changetype<usize>(this), 80));
  }

  @inline
  low(g: u32): v128 {
    const at = changetype<usize>(this) + ((<usize>g >> 2) << 5);
    return v128.and(i16x8.shr_u(v128.load(at, 16), (g & 3) << 1), v128.load(LOW_PAIRS));
  }

  @inline
  high(g: u32): v128 {
    const at = changetype<usize>(this) + ((<usize>g >> 2) << 5);
    return v128.and(i16x8.shr_u(v128.load(at, 32), (g & 3) << 1), v128.load(LOW_PAIRS));
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
    return widen8(load<u64>(changetype<usize>(this) + ((<usize>k) << 3)) & LOW_NIBBLES_64);
  }

  @inline
  minimums(): u32 {
    return 16;
  }

  @inline
  minimum(k: u32, _scales: v128): v128 {
    return floats4((load<u32>(changetype<usize>(this) + ((<usize>k) << 2)) >>> 4) & 0x0f0f0f0f);
  }

  @inline
  dmin(): f32 {
    return halfToFloat(load<u16>(changetype<usize>(this), 82));
  }
}

/** W (rows, n) Q2_K @ x (n,) q8 -> out (rows,) f32 */
export function q2_k_matvec(w: usize, x: usize, out: usize, rows: u32, n: u32): void {
  matvecSuper<Q2_KBlock>(w, x, out, rows, n);
}

/** W (rows, n) Q2_K @ X (tokens, n) q8 -> out (tokens, rows) f32, tokens of out `outStride` bytes apart */
export function q2_k_matmul(w: usize, x: usize, out: usize, rows: u32, n: u32, tokens: u32, outStride: u32): void {
  matmulSuper<Q2_KBlock>(w, x, out, rows, n, tokens, outStride);
}
