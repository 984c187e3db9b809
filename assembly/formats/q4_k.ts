/**
 * Q4_K: 256 values in 144 bytes. Each 32 have a 6-bit scale s and a 6-bit minimum m: value = d * s * q - dmin * m.
 *
 * ```
 * offset 0    f16 d
 * offset 2    f16 dmin
 * offset 4    u8  scales[12]   eight s and eight m, see scalesOf12
 * offset 16   u8  q[128]       byte 32 j + i: low nibble: value 64 j + i, high nibble: value 64 j + 32 + i
 * ```
 */
import { LOW_NIBBLES } from "../constants";
import { halfToFloat } from "../half";
import { floats4, minimumOf12, minimumsOf12, scaleOf12, scalesOf12, widen8 } from "./scales";
import { matmulSuper, matvecSuper } from "./superblock";

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
class Q4_KBlock {
  @inline
  bytes(): usize {
    return BLOCK_BYTES;
  }

  @inline
  d(): f32 {
    return halfToFloat(load<u16>(changetype<usize>(this)));
  }

  @inline
  low(g: u32): v128 {
    const q = v128.load(changetype<usize>(this) + ((<usize>g >> 1) << 5), 16);
    return v128.and(i16x8.shr_u(q, (g & 1) << 2), v128.load(LOW_NIBBLES));
  }

  @inline
  high(g: u32): v128 {
    const q = v128.load(changetype<usize>(this) + ((<usize>g >> 1) << 5), 32);
    return v128.and(i16x8.shr_u(q, (g & 1) << 2), v128.load(LOW_NIBBLES));
  }

  @inline
  isSmall(): bool {
    return true;
  }

  @inline
  hasHalfScales(): bool {
    return false;
  }

  @inline
  scales(_k: u32): v128 {
    return widen8(scalesOf12(changetype<usize>(this) + 4));
  }

  @inline
  minimums(): u32 {
    return 8;
  }

  @inline
  minimum(k: u32, _scales: v128): v128 {
    return floats4(minimumsOf12(changetype<usize>(this) + 4, k === 1));
  }

  @inline
  dmin(): f32 {
    return halfToFloat(load<u16>(changetype<usize>(this), 2));
  }
}

/** W (rows, n) Q4_K @ x (n,) q8 -> out (rows,) f32 */
export function q4_k_matvec(w: usize, x: usize, out: usize, rows: u32, n: u32): void {
  matvecSuper<Q4_KBlock>(w, x, out, rows, n);
}

/** W (rows, n) Q4_K @ X (tokens, n) q8 -> out (tokens, rows) f32, tokens of out `outStride` bytes apart */
export function q4_k_matmul(w: usize, x: usize, out: usize, rows: u32, n: u32, tokens: u32, outStride: u32): void {
  matmulSuper<Q4_KBlock>(w, x, out, rows, n, tokens, outStride);
}
