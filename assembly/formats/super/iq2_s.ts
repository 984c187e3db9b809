/**
 * IQ2_S: 256 values in 82 bytes. Each 16 have a 4-bit scale s; each 8 a vector of the grid, and a sign each:
 * value = d / 8 * (2 s + 1) * (+-grid).
 *
 * ```
 * offset 0    f16 d
 * offset 2    u8  index[32]   byte i: bits 0..7 of the number of the grid vector of values 8 i .. 8 i + 7
 * offset 34   u8  signs[32]   byte i: bit k is set where value 8 i + k is negative
 * offset 66   u8  high[8]     byte j: bits 2 k and 2 k + 1 are bits 8..9 of number 4 j + k
 * offset 74   u8  scales[8]   nibble j, low ones first: s of values 16 j ..
 * ```
 */
import { activation_q8 } from "../../activations/kinds";
import { halfToFloat } from "../../vector/half";
import { nibbles8 } from "../packed/scales";
import { gather8 } from "./gather";
import { IQ2_S_GRID } from "./grids/iq2_s";
import { applySigns, signOf } from "./signs";
import { matmulSuper, matvecSuper } from "./superblock";

const BLOCK_BYTES: usize = 82;

export const iq2_s_activation: u32 = activation_q8;

/** source (n,) IQ2_S -> target (n,) f32; n is a multiple of 256 */
export function iq2_s_dequantize(source: usize, target: usize, n: u32): void {
  for (const end = target + ((<usize>n) << 2); target < end; source += BLOCK_BYTES, target += 1024) {
    const d = halfToFloat(load<u16>(source));
    for (let i: u32 = 0; i < 256; i++) {
      const s = (<u32>load<u8>(source + (i >> 5), 74) >> (((i >> 4) & 1) << 2)) & 15;
      const scale = d * (<f32>0.5 + f32(s)) * 0.25;
      const high = (<u32>load<u8>(source + (i >> 5), 66) >> (((i >> 3) & 3) << 1)) & 3;
      const index = <u32>load<u8>(source + (i >> 3), 2) | (high << 8);
      const magnitude = load<u8>(IQ2_S_GRID + (index << 3) + (i & 7));
      const signs = <u32>load<u8>(source + (i >> 3), 34);
      store<f32>(target + (i << 2), scale * f32(magnitude) * signOf(signs, i & 7));
    }
  }
}

@unmanaged
class IQ2_SBlock {
  @inline
  bytes(): usize {
    return BLOCK_BYTES;
  }

  @inline
  d(): f32 {
    return 0.125 * halfToFloat(load<u16>(changetype<usize>(this)));
  }

  @inline
  low(g: u32): v128 {
    const at = changetype<usize>(this) + ((<usize>g) << 2);
    const high = <u32>load<u8>(changetype<usize>(this) + g, 66);
    const a = <u32>load<u8>(at, 2) | ((high << 8) & 0x300);
    const b = <u32>load<u8>(at, 3) | ((high << 6) & 0x300);
    return applySigns(gather8(IQ2_S_GRID, a, b), load<u16>(at, 34));
  }

  @inline
  high(g: u32): v128 {
    const at = changetype<usize>(this) + ((<usize>g) << 2);
    const high = <u32>load<u8>(changetype<usize>(this) + g, 66);
    const a = <u32>load<u8>(at, 4) | ((high << 4) & 0x300);
    const b = <u32>load<u8>(at, 5) | ((high << 2) & 0x300);
    return applySigns(gather8(IQ2_S_GRID, a, b), load<u16>(at, 36));
  }

  @inline
  isSmall(): bool {
    return false;
  }

  @inline
  hasHalfScales(): bool {
    return true;
  }

  @inline
  scales(k: u32): v128 {
    return i16x8.add(
      i16x8.shl(nibbles8(load<u32>(changetype<usize>(this) + ((<usize>k) << 2), 74)), 1),
      i16x8.splat(1),
    );
  }

  @inline
  offset(): f32 {
    return 0;
  }
}

/** W (rows, n) IQ2_S, x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32 */
export function iq2_s_matvec(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32): void {
  matvecSuper<IQ2_SBlock>(w, x, out, from, to, n);
}

/**
 * W (rows, n) IQ2_S, X (tokens, n) q8: out[:, from..to) = W[from..to) @ X; out (tokens, rows) f32, tokens of out
 * `outStride` bytes apart; there is no need of scratch memory
 */
export function iq2_s_matmul(
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
  matmulSuper<IQ2_SBlock>(w, x, out, from, to, n, tokens, outStride);
}
