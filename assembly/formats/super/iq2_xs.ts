/**
 * IQ2_XS: 256 values in 74 bytes. Each 16 have a 4-bit scale s; each 8 a vector of the grid and a sign each:
 * value = d / 8 * (2 s + 1) * (+-grid).
 *
 * ```
 * offset 0    f16 d
 * offset 2    u16 words[32]   word i: bits 0..8: the grid vector of values 8 i .. 8 i + 7, bits 9..15: their signs
 * offset 66   u8  scales[8]   nibble j, low ones first: s of values 16 j ..
 * ```
 *
 * Signs are stored for seven of eight values (signs.ts).
 */
import { activation_q8 } from "../../activations/kinds";
import { halfToFloat } from "../../vector/half";
import { nibbles8 } from "../packed/scales";
import { gather8 } from "./gather";
import { IQ2_XS_GRID } from "./grids/iq2_xs";
import { applySigns, signOf, signsOf7 } from "./signs";
import { matmulSuper, matvecSuper } from "./superblock";

const BLOCK_BYTES: usize = 74;

export const iq2_xs_activation: u32 = activation_q8;

/** source (n,) IQ2_XS -> target (n,) f32; n is a multiple of 256 */
export function iq2_xs_dequantize(source: usize, target: usize, n: u32): void {
  for (const end = target + ((<usize>n) << 2); target < end; source += BLOCK_BYTES, target += 1024) {
    const d = halfToFloat(load<u16>(source));
    for (let i: u32 = 0; i < 256; i++) {
      const s = (<u32>load<u8>(source + (i >> 5), 66) >> (((i >> 4) & 1) << 2)) & 15;
      const scale = d * (<f32>0.5 + f32(s)) * 0.25;
      const word = <u32>load<u16>(source + ((i >> 3) << 1), 2);
      const magnitude = load<u8>(IQ2_XS_GRID + ((word & 511) << 3) + (i & 7));
      store<f32>(target + (i << 2), scale * f32(magnitude) * signOf(signsOf7(word >> 9), i & 7));
    }
  }
}

@unmanaged
class IQ2_XSBlock {
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
    const a = <u32>load<u16>(changetype<usize>(this) + ((<usize>g) << 3), 2);
    const b = <u32>load<u16>(changetype<usize>(this) + ((<usize>g) << 3), 4);
    return applySigns(gather8(IQ2_XS_GRID, a & 511, b & 511), signsOf7(a >> 9) | (signsOf7(b >> 9) << 8));
  }

  @inline
  high(g: u32): v128 {
    const a = <u32>load<u16>(changetype<usize>(this) + ((<usize>g) << 3), 6);
    const b = <u32>load<u16>(changetype<usize>(this) + ((<usize>g) << 3), 8);
    return applySigns(gather8(IQ2_XS_GRID, a & 511, b & 511), signsOf7(a >> 9) | (signsOf7(b >> 9) << 8));
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
      i16x8.shl(nibbles8(load<u32>(changetype<usize>(this) + ((<usize>k) << 2), 66)), 1),
      i16x8.splat(1),
    );
  }

  @inline
  offset(): f32 {
    return 0;
  }
}

/** W (rows, n) IQ2_XS, x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32 */
export function iq2_xs_matvec(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32): void {
  matvecSuper<IQ2_XSBlock>(w, x, out, from, to, n);
}

/**
 * W (rows, n) IQ2_XS, X (tokens, n) q8: out[:, from..to) = W[from..to) @ X; out (tokens, rows) f32, tokens of out
 * `outStride` bytes apart; there is no need of scratch memory
 */
export function iq2_xs_matmul(
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
  matmulSuper<IQ2_XSBlock>(w, x, out, from, to, n, tokens, outStride);
}
