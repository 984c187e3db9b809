/**
 * Q4_0: 32 values in 18 bytes, value = d * (q - 8).
 *
 * ```
 * offset 0   f16 d
 * offset 2   u8  q[16]     low nibble: values 0..15, high nibble: values 16..31
 * ```
 */
import { LOW_NIBBLES } from "../constants";
import { halfToFloat } from "../half";
import { matmul32, matvec32 } from "./block32";

const BLOCK_BYTES: usize = 18;

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
class Q4_0Block {
  @inline
  bytes(): usize {
    return BLOCK_BYTES;
  }

  @inline
  low(): v128 {
    return v128.and(v128.load(changetype<usize>(this), 2), v128.load(LOW_NIBBLES));
  }

  @inline
  high(): v128 {
    return v128.and(i16x8.shr_u(v128.load(changetype<usize>(this), 2), 4), v128.load(LOW_NIBBLES));
  }

  @inline
  isSmall(): bool {
    return true;
  }

  @inline
  hasMinimum(): bool {
    return false;
  }

  @inline
  offset(): f32 {
    return -8;
  }
}

/** W (rows, n) Q4_0 @ x (n,) q8 -> out (rows,) f32 */
export function q4_0_matvec(w: usize, x: usize, out: usize, rows: u32, n: u32): void {
  matvec32<Q4_0Block>(w, x, out, rows, n);
}

/** W (rows, n) Q4_0 @ X (tokens, n) q8 -> out (tokens, rows) f32, tokens of out `outStride` bytes apart */
export function q4_0_matmul(w: usize, x: usize, out: usize, rows: u32, n: u32, tokens: u32, outStride: u32): void {
  matmul32<Q4_0Block>(w, x, out, rows, n, tokens, outStride);
}
