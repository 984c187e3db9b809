/**
 * Q3_K: 256 values in 110 bytes. Each 16 have a 6-bit scale s: value = d * (s - 32) * (q - 4).
 *
 * ```
 * offset 0     u8  high[32]     byte i: bit j is bit 2 of the q of value 32 j + i
 * offset 32    u8  q[64]        byte 32 h + i: bits 2 j and 2 j + 1 belong to value 128 h + 32 j + i
 * offset 96    u8  scales[12]   sixteen s, see scalesOfQ3
 * offset 108   f16 d
 * ```
 *
 * The -4 makes a minimum of 4 (s - 32) with the scale d.
 */
import { LOW_PAIRS, ONES } from "../constants";
import { halfToFloat } from "../half";
import { floatsOfHalf, scaleOfQ3, scalesOfQ3 } from "./scales";
import { matmulSuper, matvecSuper } from "./superblock";

const BLOCK_BYTES: usize = 110;

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
class Q3_KBlock {
  @inline
  bytes(): usize {
    return BLOCK_BYTES;
  }

  @inline
  d(): f32 {
    return halfToFloat(load<u16>(changetype<usize>(this), 108));
  }

  @inline
  low(g: u32): v128 {
    const at = changetype<usize>(this) + ((<usize>g >> 2) << 5);
    const q = v128.and(i16x8.shr_u(v128.load(at, 32), (g & 3) << 1), v128.load(LOW_PAIRS));
    const bit = v128.and(i16x8.shr_u(v128.load(changetype<usize>(this)), g), v128.load(ONES));
    return v128.or(q, i16x8.shl(bit, 2));
  }

  @inline
  high(g: u32): v128 {
    const at = changetype<usize>(this) + ((<usize>g >> 2) << 5);
    const q = v128.and(i16x8.shr_u(v128.load(at, 48), (g & 3) << 1), v128.load(LOW_PAIRS));
    const bit = v128.and(i16x8.shr_u(v128.load(changetype<usize>(this), 16), g), v128.load(ONES));
    return v128.or(q, i16x8.shl(bit, 2));
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
    return scalesOfQ3(changetype<usize>(this) + 96, k);
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
    return 4 * this.d();
  }
}

/** W (rows, n) Q3_K @ x (n,) q8 -> out (rows,) f32 */
export function q3_k_matvec(w: usize, x: usize, out: usize, rows: u32, n: u32): void {
  matvecSuper<Q3_KBlock>(w, x, out, rows, n);
}

/** W (rows, n) Q3_K @ X (tokens, n) q8 -> out (tokens, rows) f32, tokens of out `outStride` bytes apart */
export function q3_k_matmul(w: usize, x: usize, out: usize, rows: u32, n: u32, tokens: u32, outStride: u32): void {
  matmulSuper<Q3_KBlock>(w, x, out, rows, n, tokens, outStride);
}
