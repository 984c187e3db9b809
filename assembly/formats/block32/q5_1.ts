/**
 * Q5_1: 32 values in 24 bytes, value = d * q + m.
 *
 * ```
 * offset 0   f16 d
 * offset 2   f16 m
 * offset 4   u32 high      bit i: bit 4 of value i
 * offset 8   u8  q[16]     low nibble: bits 0..3 of values 0..15, high nibble: of values 16..31
 * ```
 */
import { activation_q8 } from "../../activations/kinds";
import { bitsToBytes, LOW_NIBBLES, SIXTEENS } from "../../vector/constants";
import { halfToFloat } from "../../vector/half";
import { matmul32, matvec32 } from "./block32";

const BLOCK_BYTES: usize = 24;

export const q5_1_activation: u32 = activation_q8;

/** source (n,) Q5_1 -> target (n,) f32; n is a multiple of 32 */
export function q5_1_dequantize(source: usize, target: usize, n: u32): void {
  for (const end = target + ((<usize>n) << 2); target < end; source += BLOCK_BYTES, target += 128) {
    const d = halfToFloat(load<u16>(source));
    const m = halfToFloat(load<u16>(source, 2));
    const bits = load<u32>(source, 4);
    for (let i: u32 = 0; i < 16; i++) {
      const byte = <u32>load<u8>(source + i, 8);
      const low = (byte & 15) | (((bits >> i) & 1) << 4);
      const high = (byte >> 4) | (((bits >> (i + 16)) & 1) << 4);
      store<f32>(target + (i << 2), d * f32(low) + m);
      store<f32>(target + (i << 2), d * f32(high) + m, 64);
    }
  }
}

@unmanaged
class Q5_1Block {
  @inline
  bytes(): usize {
    return BLOCK_BYTES;
  }

  @inline
  low(): v128 {
    const q = v128.and(v128.load(changetype<usize>(this), 8), v128.load(LOW_NIBBLES));
    return v128.or(q, v128.and(bitsToBytes(load<u16>(changetype<usize>(this), 4)), v128.load(SIXTEENS)));
  }

  @inline
  high(): v128 {
    const q = v128.and(i16x8.shr_u(v128.load(changetype<usize>(this), 8), 4), v128.load(LOW_NIBBLES));
    return v128.or(q, v128.and(bitsToBytes(load<u16>(changetype<usize>(this), 6)), v128.load(SIXTEENS)));
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

/** W (rows, n) Q5_1, x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32 */
export function q5_1_matvec(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32): void {
  matvec32<Q5_1Block>(w, x, out, from, to, n);
}

/**
 * W (rows, n) Q5_1, X (tokens, n) q8: out[:, from..to) = W[from..to) @ X; out (tokens, rows) f32, tokens of out
 * `outStride` bytes apart; there is no need of scratch memory
 */
export function q5_1_matmul(
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
  matmul32<Q5_1Block>(w, x, out, from, to, n, tokens, outStride);
}
