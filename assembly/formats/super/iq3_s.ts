/**
 * IQ3_S: 256 values in 110 bytes. Each 32 have a 4-bit scale s; each 4 a vector of the grid, and a sign each:
 * value = d * (2 s + 1) * (+-grid).
 *
 * ```
 * offset 0     f16 d
 * offset 2     u8  index[64]   byte i: bits 0..7 of the number of the grid vector of values 4 i .. 4 i + 3
 * offset 66    u8  high[8]     byte j: bit k is bit 8 of number 8 j + k
 * offset 74    u8  signs[32]   byte i: bit k is set where value 8 i + k is negative
 * offset 106   u8  scales[4]   nibble j, low ones first: s of values 32 j ..
 * ```
 */
import { activation_q8 } from "../../activations/kinds";
import { halfToFloat } from "../../vector/half";
import { nibbles8 } from "../packed/scales";
import { gather4 } from "./gather";
import { IQ3_S_GRID } from "./grids/iq3_s";
import { applySigns, signOf } from "./signs";
import { matmulSuper, matvecSuper } from "./superblock";

const BLOCK_BYTES: usize = 110;

export const iq3_s_activation: u32 = activation_q8;

/** source (n,) IQ3_S -> target (n,) f32; n is a multiple of 256 */
export function iq3_s_dequantize(source: usize, target: usize, n: u32): void {
  for (const end = target + ((<usize>n) << 2); target < end; source += BLOCK_BYTES, target += 1024) {
    const d = halfToFloat(load<u16>(source));
    for (let i: u32 = 0; i < 256; i++) {
      const scale = (<u32>load<u8>(source + (i >> 6), 106) >> (((i >> 5) & 1) << 2)) & 15;
      const index =
        <u32>load<u8>(source + (i >> 2), 2) | (((<u32>load<u8>(source + (i >> 5), 66) >> ((i >> 2) & 7)) & 1) << 8);
      const magnitude = load<u8>(IQ3_S_GRID + (index << 2) + (i & 3));
      const signs = <u32>load<u8>(source + (i >> 3), 74);
      store<f32>(target + (i << 2), d * f32((scale << 1) | 1) * f32(magnitude) * signOf(signs, i & 7));
    }
  }
}

@unmanaged
class IQ3_SBlock {
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
    return applySigns(this.magnitudes(g, 0), load<u16>(changetype<usize>(this) + ((<usize>g) << 2), 74));
  }

  @inline
  high(g: u32): v128 {
    return applySigns(this.magnitudes(g, 4), load<u16>(changetype<usize>(this) + ((<usize>g) << 2), 76));
  }

  @inline
  magnitudes(g: u32, first: u32): v128 {
    const at = changetype<usize>(this) + ((<usize>g) << 3) + first;
    const high = (<u32>load<u8>(changetype<usize>(this) + g, 66) >> first) << 8;
    return gather4(
      IQ3_S_GRID,
      <u32>load<u8>(at, 2) | (high & 256),
      <u32>load<u8>(at, 3) | ((high >> 1) & 256),
      <u32>load<u8>(at, 4) | ((high >> 2) & 256),
      <u32>load<u8>(at, 5) | ((high >> 3) & 256),
    );
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
    return i16x8.add(i16x8.shl(nibbles8(load<u32>(changetype<usize>(this), 106)), 1), i16x8.splat(1));
  }

  @inline
  offset(): f32 {
    return 0;
  }
}

/** W (rows, n) IQ3_S, x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32 */
export function iq3_s_matvec(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32): void {
  matvecSuper<IQ3_SBlock>(w, x, out, from, to, n);
}

/**
 * W (rows, n) IQ3_S, X (tokens, n) q8: out[:, from..to) = W[from..to) @ X; out (tokens, rows) f32, tokens of out
 * `outStride` bytes apart; there is no need of scratch memory
 */
export function iq3_s_matmul(
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
  matmulSuper<IQ3_SBlock>(w, x, out, from, to, n, tokens, outStride);
}
