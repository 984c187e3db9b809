/**
 * Q5_K: 256 values in 176 bytes. Each 32 have a 6-bit scale s and a 6-bit minimum m: value = d * s * q - dmin * m.
 *
 * ```
 * offset 0    f16 d
 * offset 2    f16 dmin
 * offset 4    u8  scales[12]   eight s and eight m, see scalesOf12
 * offset 16   u8  high[32]     byte i: bit j is bit 4 of the q of value 32 j + i
 * offset 48   u8  q[128]       byte 32 j + i: low nibble: value 64 j + i, high nibble: value 64 j + 32 + i
 * ```
 */
import { LOW_NIBBLES, ONES } from "../constants";
import { halfToFloat } from "../half";
import { floats4, minimumOf12, minimumsOf12, scaleOf12, scalesOf12, widen8 } from "./scales";
import { matmulSuper, matvecSuper } from "./superblock";

const BLOCK_BYTES: usize = 176;

/** source (n,) Q5_K -> target (n,) f32; n is a multiple of 256 */
export function q5_k_dequantize(source: usize, target: usize, n: u32): void {
  for (const end = target + ((<usize>n) << 2); target < end; source += BLOCK_BYTES, target += 1024) {
    const d = halfToFloat(load<u16>(source));
    const dmin = halfToFloat(load<u16>(source, 2));
    for (let i: u32 = 0; i < 256; i++) {
      const scale = d * f32(scaleOf12(source + 4, i >> 5));
      const minimum = dmin * f32(minimumOf12(source + 4, i >> 5));
      const low = (<u32>load<u8>(source + ((i >> 6) << 5) + (i & 31), 48) >> (((i >> 5) & 1) << 2)) & 15;
      const high = (<u32>load<u8>(source + (i & 31), 16) >> (i >> 5)) & 1;
      store<f32>(target + (i << 2), scale * f32(low | (high << 4)) - minimum);
    }
  }
}

@unmanaged
class Q5_KBlock {
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
    const bytes = v128.load(changetype<usize>(this) + ((<usize>g >> 1) << 5), 48);
    const q = v128.and(i16x8.shr_u(bytes, (g & 1) << 2), v128.load(LOW_NIBBLES));
    const bit = v128.and(i16x8.shr_u(v128.load(changetype<usize>(this), 16), g), v128.load(ONES));
    return v128.or(q, i16x8.shl(bit, 4));
  }

  @inline
  high(g: u32): v128 {
    const bytes = v128.load(changetype<usize>(this) + ((<usize>g >> 1) << 5), 64);
    const q = v128.and(i16x8.shr_u(bytes, (g & 1) << 2), v128.load(LOW_NIBBLES));
    const bit = v128.and(i16x8.shr_u(v128.load(changetype<usize>(this), 32), g), v128.load(ONES));
    return v128.or(q, i16x8.shl(bit, 4));
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

/** W (rows, n) Q5_K @ x (n,) q8 -> out (rows,) f32 */
export function q5_k_matvec(w: usize, x: usize, out: usize, rows: u32, n: u32): void {
  matvecSuper<Q5_KBlock>(w, x, out, rows, n);
}

/** W (rows, n) Q5_K @ X (tokens, n) q8 -> out (tokens, rows) f32, tokens of out `outStride` bytes apart */
export function q5_k_matmul(w: usize, x: usize, out: usize, rows: u32, n: u32, tokens: u32, outStride: u32): void {
  matmulSuper<Q5_KBlock>(w, x, out, rows, n, tokens, outStride);
}
