/**
 * IQ4_NL: 32 values in 18 bytes, value = d * levels[q] with 16 uneven levels (IQ4_LEVELS).
 *
 * ```
 * offset 0   f16 d
 * offset 2   u8  q[16]     low nibble: values 0..15, high nibble: values 16..31
 * ```
 */
import { activation_q8 } from "../../activations/kinds";
import { IQ4_LEVELS, LOW_NIBBLES, pick } from "../../vector/constants";
import { halfToFloat } from "../../vector/half";
import { matmul32, matvec32 } from "./block32";

const BLOCK_BYTES: usize = 18;

export const iq4_nl_activation: u32 = activation_q8;

/** source (n,) IQ4_NL -> target (n,) f32; n is a multiple of 32 */
export function iq4_nl_dequantize(source: usize, target: usize, n: u32): void {
  for (const end = target + ((<usize>n) << 2); target < end; source += BLOCK_BYTES, target += 128) {
    const d = halfToFloat(load<u16>(source));
    for (let i: usize = 0; i < 16; i++) {
      const byte = <usize>load<u8>(source + i, 2);
      store<f32>(target + (i << 2), d * f32(load<i8>(IQ4_LEVELS + (byte & 15))));
      store<f32>(target + (i << 2), d * f32(load<i8>(IQ4_LEVELS + (byte >> 4))), 64);
    }
  }
}

@unmanaged
class IQ4_NLBlock {
  @inline
  bytes(): usize {
    return BLOCK_BYTES;
  }

  @inline
  low(): v128 {
    const q = v128.and(v128.load(changetype<usize>(this), 2), v128.load(LOW_NIBBLES));
    return pick(v128.load(IQ4_LEVELS), q);
  }

  @inline
  high(): v128 {
    const q = v128.and(i16x8.shr_u(v128.load(changetype<usize>(this), 2), 4), v128.load(LOW_NIBBLES));
    return pick(v128.load(IQ4_LEVELS), q);
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

/** W (rows, n) IQ4_NL, x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32 */
export function iq4_nl_matvec(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32): void {
  matvec32<IQ4_NLBlock>(w, x, out, from, to, n);
}

/**
 * W (rows, n) IQ4_NL, X (tokens, n) q8: out[:, from..to) = W[from..to) @ X; out (tokens, rows) f32, tokens of out
 * `outStride` bytes apart; there is no need of scratch memory
 */
export function iq4_nl_matmul(
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
  matmul32<IQ4_NLBlock>(w, x, out, from, to, n, tokens, outStride);
}
