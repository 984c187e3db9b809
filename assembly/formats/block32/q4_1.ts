/**
 * Q4_1: 32 values in 20 bytes, value = d * q + m.
 *
 * ```
 * offset 0   f16 d
 * offset 2   f16 m
 * offset 4   u8  q[16]     low nibble: values 0..15, high nibble: values 16..31
 * ```
 */
import { activation_q8 } from "../../activations/kinds";
import { LOW_NIBBLES } from "../../vector/constants";
import { halfToFloat } from "../../vector/half";
import { matmul32, matvec32 } from "./block32";

const BLOCK_BYTES: usize = 20;

export const q4_1_activation: u32 = activation_q8;

/** source (n,) Q4_1 -> target (n,) f32; n is a multiple of 32 */
export function q4_1_dequantize(source: usize, target: usize, n: u32): void {
  for (const end = target + ((<usize>n) << 2); target < end; source += BLOCK_BYTES, target += 128) {
    const d = halfToFloat(load<u16>(source));
    const m = halfToFloat(load<u16>(source, 2));
    for (let i: usize = 0; i < 16; i++) {
      const byte = <u32>load<u8>(source + i, 4);
      store<f32>(target + (i << 2), d * f32(byte & 15) + m);
      store<f32>(target + (i << 2), d * f32(byte >> 4) + m, 64);
    }
  }
}

@unmanaged
class Q4_1Block {
  @inline
  bytes(): usize {
    return BLOCK_BYTES;
  }

  @inline
  low(): v128 {
    return v128.and(v128.load(changetype<usize>(this), 4), v128.load(LOW_NIBBLES));
  }

  @inline
  high(): v128 {
    return v128.and(i16x8.shr_u(v128.load(changetype<usize>(this), 4), 4), v128.load(LOW_NIBBLES));
  }

  @inline
  isSmall(): bool {
    return true;
  }

  @inline
  hasMinimum(): bool {
    return true;
  }

  @inline
  offset(): f32 {
    return 0;
  }
}

/** W (rows, n) Q4_1, x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32 */
export function q4_1_matvec(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32): void {
  matvec32<Q4_1Block>(w, x, out, from, to, n);
}

/**
 * W (rows, n) Q4_1, X (tokens, n) q8: out[:, from..to) = W[from..to) @ X; out (tokens, rows) f32, tokens of out
 * `outStride` bytes apart; there is no need of scratch memory
 */
export function q4_1_matmul(
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
  matmul32<Q4_1Block>(w, x, out, from, to, n, tokens, outStride);
}
