/**
 * IQ4_XS: 256 values in 136 bytes, with the uneven levels of IQ4_NL. Each 32 have a 6-bit scale s:
 * value = d * (s - 32) * levels[q].
 *
 * ```
 * offset 0   f16 d
 * offset 2   u16 high         bits 2 j and 2 j + 1: bits 4..5 of the s of values 32 j ..
 * offset 4   u8  low[4]       nibble j, low ones first: bits 0..3 of the same
 * offset 8   u8  q[128]       byte 16 j + i: low nibble: value 32 j + i, high nibble: value 32 j + 16 + i
 * ```
 */
import { activation_q8 } from "../../activations/kinds";
import { IQ4_LEVELS, LOW_NIBBLES, pick } from "../../vector/constants";
import { halfToFloat } from "../../vector/half";
import { nibbles8 } from "../packed/scales";
import { matmulSuper, matvecSuper } from "./superblock";

const BLOCK_BYTES: usize = 136;
const PAIR_TO_TOP: usize = memory.data<u16>([0x4000, 0x1000, 0x0400, 0x0100, 0x0040, 0x0010, 0x0004, 0x0001], 16);

export const iq4_xs_activation: u32 = activation_q8;

/** source (n,) IQ4_XS -> target (n,) f32; n is a multiple of 256 */
export function iq4_xs_dequantize(source: usize, target: usize, n: u32): void {
  for (const end = target + ((<usize>n) << 2); target < end; source += BLOCK_BYTES, target += 1024) {
    const d = halfToFloat(load<u16>(source));
    for (let i: u32 = 0; i < 256; i++) {
      const group = i >> 5;
      const low = (<u32>load<u8>(source + (group >> 1), 4) >> ((group & 1) << 2)) & 15;
      const high = (<u32>load<u16>(source, 2) >> (group << 1)) & 3;
      const q = (<u32>load<u8>(source + (group << 4) + (i & 15), 8) >> (((i >> 4) & 1) << 2)) & 15;
      const scale = d * f32(<i32>(low | (high << 4)) - 32);
      store<f32>(target + (i << 2), scale * f32(load<i8>(IQ4_LEVELS + <usize>q)));
    }
  }
}

@unmanaged
class IQ4_XSBlock {
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
    const q = v128.load(changetype<usize>(this) + ((<usize>g) << 4), 8);
    return pick(v128.load(IQ4_LEVELS), v128.and(q, v128.load(LOW_NIBBLES)));
  }

  @inline
  high(g: u32): v128 {
    const q = i16x8.shr_u(v128.load(changetype<usize>(this) + ((<usize>g) << 4), 8), 4);
    return pick(v128.load(IQ4_LEVELS), v128.and(q, v128.load(LOW_NIBBLES)));
  }

  @inline
  isSmall(): bool {
    return false;
  }

  @inline
  hasHalfScales(): bool {
    return false;
  }

  @inline
  scales(_k: u32): v128 {
    // Multiplying moves the pair of each lane to the top of it.
    const pairs = i16x8.shr_u(
      i16x8.mul(i16x8.splat(load<i16>(changetype<usize>(this), 2)), v128.load(PAIR_TO_TOP)),
      14,
    );
    return i16x8.sub(v128.or(nibbles8(load<u32>(changetype<usize>(this), 4)), i16x8.shl(pairs, 4)), i16x8.splat(32));
  }

  @inline
  offset(): f32 {
    return 0;
  }
}

/** W (rows, n) IQ4_XS, x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32 */
export function iq4_xs_matvec(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32): void {
  matvecSuper<IQ4_XSBlock>(w, x, out, from, to, n);
}

/**
 * W (rows, n) IQ4_XS, X (tokens, n) q8: out[:, from..to) = W[from..to) @ X; out (tokens, rows) f32, tokens of out
 * `outStride` bytes apart; there is no need of scratch memory
 */
export function iq4_xs_matmul(
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
  matmulSuper<IQ4_XSBlock>(w, x, out, from, to, n, tokens, outStride);
}
