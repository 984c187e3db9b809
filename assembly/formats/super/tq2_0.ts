/**
 * TQ2_0: 256 ternary values in 66 bytes: value = d * (q - 1).
 *
 * ```
 * offset 0    u8  q[64]        byte 32 h + i: bits 2 j and 2 j + 1 belong to value 128 h + 32 j + i
 * offset 64   f16 d
 * ```
 *
 * The -1 makes a minimum of 1 with the scale d.
 */
import { activation_q8 } from "../../activations/kinds";
import { LOW_PAIRS } from "../../vector/constants";
import { halfToFloat } from "../../vector/half";
import { matmulSuper, matvecSuper } from "./superblock";

const BLOCK_BYTES: usize = 66;

export const tq2_0_activation: u32 = activation_q8;

/** source (n,) TQ2_0 -> target (n,) f32; n is a multiple of 256 */
export function tq2_0_dequantize(source: usize, target: usize, n: u32): void {
  for (const end = target + ((<usize>n) << 2); target < end; source += BLOCK_BYTES, target += 1024) {
    const d = halfToFloat(load<u16>(source, 64));
    for (let i: u32 = 0; i < 256; i++) {
      const q = (<u32>load<u8>(source + ((i >> 7) << 5) + (i & 31)) >> (((i >> 5) & 3) << 1)) & 3;
      store<f32>(target + (i << 2), d * f32(<i32>q - 1));
    }
  }
}

@unmanaged
class TQ2_0Block {
  @inline
  bytes(): usize {
    return BLOCK_BYTES;
  }

  @inline
  d(): f32 {
    return halfToFloat(load<u16>(changetype<usize>(this), 64));
  }

  @inline
  low(g: u32): v128 {
    const q = v128.load(changetype<usize>(this) + ((<usize>g >> 2) << 5));
    return v128.and(i16x8.shr_u(q, (g & 3) << 1), v128.load(LOW_PAIRS));
  }

  @inline
  high(g: u32): v128 {
    const q = v128.load(changetype<usize>(this) + ((<usize>g >> 2) << 5), 16);
    return v128.and(i16x8.shr_u(q, (g & 3) << 1), v128.load(LOW_PAIRS));
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
    return i16x8.splat(1);
  }

  @inline
  offset(): f32 {
    return -1;
  }
}

/** W (rows, n) TQ2_0, x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32 */
export function tq2_0_matvec(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32): void {
  matvecSuper<TQ2_0Block>(w, x, out, from, to, n);
}

/**
 * W (rows, n) TQ2_0, X (tokens, n) q8: out[:, from..to) = W[from..to) @ X; out (tokens, rows) f32, tokens of out
 * `outStride` bytes apart; there is no need of scratch memory
 */
export function tq2_0_matmul(
  w: usize,
  x: usize,
  out: usize,
  from: u32,
  to: u32,
  n: u32,
  tokens: u32,
  outStride: u32,
  _scratch: usize,
): void {
  matmulSuper<TQ2_0Block>(w, x, out, from, to, n, tokens, outStride);
}
