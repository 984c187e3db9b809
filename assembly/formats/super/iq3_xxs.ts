/**
 * IQ3_XXS: 256 values in 98 bytes. Each 32 have a 4-bit scale s; each 4 a vector of the grid, and a sign each:
 * value = d / 4 * (2 s + 1) * (+-grid).
 *
 * ```
 * offset 0    f16 d
 * offset 2    u8  index[64]   byte i: the grid vector of values 4 i .. 4 i + 3
 * offset 66   u32 words[8]    word j: bits 28..31: s of values 32 j ..; 7 k .. 7 k + 6: signs of 8 from 32 j + 8 k on
 * ```
 *
 * Signs are stored for seven of eight values (signs.ts).
 */
import { activation_q8 } from "../../activations/kinds";
import { halfToFloat } from "../../vector/half";
import { gather4 } from "./gather";
import { IQ3_XXS_GRID } from "./grids/iq3_xxs";
import { applySigns, signOf, signsOf7 } from "./signs";
import { matmulSuper, matvecSuper } from "./superblock";

const BLOCK_BYTES: usize = 98;

export const iq3_xxs_activation: u32 = activation_q8;

/** source (n,) IQ3_XXS -> target (n,) f32; n is a multiple of 256 */
export function iq3_xxs_dequantize(source: usize, target: usize, n: u32): void {
  for (const end = target + ((<usize>n) << 2); target < end; source += BLOCK_BYTES, target += 1024) {
    const d = halfToFloat(load<u16>(source));
    for (let i: u32 = 0; i < 256; i++) {
      const word = load<u32>(source + ((i >> 5) << 2), 66);
      const scale = d * (<f32>0.5 + f32(word >>> 28)) * 0.5;
      const magnitude = load<u8>(IQ3_XXS_GRID + ((<usize>load<u8>(source + (i >> 2), 2)) << 2) + (i & 3));
      const signs = signsOf7(word >>> (((i >> 3) & 3) * 7));
      store<f32>(target + (i << 2), scale * f32(magnitude) * signOf(signs, i & 7));
    }
  }
}

@unmanaged
class IQ3_XXSBlock {
  @inline
  bytes(): usize {
    return BLOCK_BYTES;
  }

  @inline
  d(): f32 {
    return 0.25 * halfToFloat(load<u16>(changetype<usize>(this)));
  }

  @inline
  low(g: u32): v128 {
    const word = load<u32>(changetype<usize>(this) + ((<usize>g) << 2), 66);
    return applySigns(this.magnitudes(g << 3), signsOf7(word) | (signsOf7(word >>> 7) << 8));
  }

  @inline
  high(g: u32): v128 {
    const word = load<u32>(changetype<usize>(this) + ((<usize>g) << 2), 66);
    return applySigns(this.magnitudes((g << 3) | 4), signsOf7(word >>> 14) | (signsOf7(word >>> 21) << 8));
  }

  @inline
  magnitudes(i: u32): v128 {
    const at = changetype<usize>(this) + i;
    return gather4(IQ3_XXS_GRID, load<u8>(at, 2), load<u8>(at, 3), load<u8>(at, 4), load<u8>(at, 5));
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
    const low = i32x4.shr_u(v128.load(changetype<usize>(this), 66), 28);
    const high = i32x4.shr_u(v128.load(changetype<usize>(this), 82), 28);
    return i16x8.add(i16x8.shl(i16x8.narrow_i32x4_s(low, high), 1), i16x8.splat(1));
  }

  @inline
  offset(): f32 {
    return 0;
  }
}

/** W (rows, n) IQ3_XXS, x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32 */
export function iq3_xxs_matvec(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32): void {
  matvecSuper<IQ3_XXSBlock>(w, x, out, from, to, n);
}

/**
 * W (rows, n) IQ3_XXS, X (tokens, n) q8: out[:, from..to) = W[from..to) @ X; out (tokens, rows) f32, tokens of out
 * `outStride` bytes apart; there is no need of scratch memory
 */
export function iq3_xxs_matmul(
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
  matmulSuper<IQ3_XXSBlock>(w, x, out, from, to, n, tokens, outStride);
}
