/**
 * Q8_0: 32 values in 34 bytes, value = d * q.
 *
 * ```
 * offset 0   f16 d
 * offset 2   i8  q[32]
 * ```
 */
import { halfToFloat } from "../half";
import { matmul32, matvec32 } from "./block32";

const BLOCK_BYTES: usize = 34;

/** source (n,) Q8_0 -> target (n,) f32; n is a multiple of 32 */
export function q8_0_dequantize(source: usize, target: usize, n: u32): void {
  for (const end = target + ((<usize>n) << 2); target < end; source += BLOCK_BYTES, target += 128) {
    const d = halfToFloat(load<u16>(source));
    for (let i: usize = 0; i < 32; i++) store<f32>(target + (i << 2), d * f32(load<i8>(source + i, 2)));
  }
}

@unmanaged
class Q8_0Block {
  @inline
  bytes(): usize {
    return BLOCK_BYTES;
  }

  @inline
  low(): v128 {
    return v128.load(changetype<usize>(this), 2);
  }

  @inline
  high(): v128 {
    return v128.load(changetype<usize>(this), 18);
  }

  @inline
  isSmall(): bool {
    return false;
  }

  @inline
  hasMinimum(): bool {
    return false;
  }

  @inline
  offset(): f32 {
    return 0;
  }
}

/** W (rows, n) Q8_0 @ x (n,) q8 -> out (rows,) f32 */
export function q8_0_matvec(w: usize, x: usize, out: usize, rows: u32, n: u32): void {
  matvec32<Q8_0Block>(w, x, out, rows, n);
}

/** W (rows, n) Q8_0 @ X (tokens, n) q8 -> out (tokens, rows) f32, tokens of out `outStride` bytes apart */
export function q8_0_matmul(w: usize, x: usize, out: usize, rows: u32, n: u32, tokens: u32, outStride: u32): void {
  matmul32<Q8_0Block>(w, x, out, rows, n, tokens, outStride);
}
