/**
 * IQ2_XXS: 256 values in 66 bytes. Each 32 have a 4-bit scale s; each 8 a vector of the grid and a sign each:
 * value = d / 8 * (2 s + 1) * (+-grid).
 *
 * ```
 * offset 0            f16 d
 * offset 2 + 8 j      u8  index[4]   byte k: the grid vector of the 8 values from 32 j + 8 k on, j < 8
 * offset 2 + 8 j + 4  u32 word       bits 28..31: s of values 32 j ..; 7 k .. 7 k + 6: signs of 8 from 32 j + 8 k on
 * ```
 *
 * Signs are stored for seven of eight values (signs.ts).
 */
import { activation_q8 } from "../../activations/kinds";
import { halfToFloat } from "../../vector/half";
import { gather8 } from "./gather";
import { IQ2_XXS_GRID } from "./grids/iq2_xxs";
import { applySigns, signOf, signsOf7 } from "./signs";
import { matmulSuper, matvecSuper } from "./superblock";

const BLOCK_BYTES: usize = 66;

export const iq2_xxs_activation: u32 = activation_q8;

/** source (n,) IQ2_XXS -> target (n,) f32; n is a multiple of 256 */
export function iq2_xxs_dequantize(source: usize, target: usize, n: u32): void {
  for (const end = target + ((<usize>n) << 2); target < end; source += BLOCK_BYTES, target += 1024) {
    const d = halfToFloat(load<u16>(source));
    for (let i: u32 = 0; i < 256; i++) {
      const group = source + ((i >> 5) << 3);
      const word = load<u32>(group, 6);
      const scale = d * (<f32>0.5 + f32(word >>> 28)) * 0.25;
      const magnitude = load<u8>(IQ2_XXS_GRID + ((<usize>load<u8>(group + ((i >> 3) & 3), 2)) << 3) + (i & 7));
      const signs = signsOf7(word >>> (((i >> 3) & 3) * 7));
      store<f32>(target + (i << 2), scale * f32(magnitude) * signOf(signs, i & 7));
    }
  }
}

@unmanaged
class IQ2_XXSBlock {
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
    const at = changetype<usize>(this) + ((<usize>g) << 3);
    const word = load<u32>(at, 6);
    const signs = signsOf7(word) | (signsOf7(word >>> 7) << 8);
    return applySigns(gather8(IQ2_XXS_GRID, load<u8>(at, 2), load<u8>(at, 3)), signs);
  }

  @inline
  high(g: u32): v128 {
    const at = changetype<usize>(this) + ((<usize>g) << 3);
    const word = load<u32>(at, 6);
    const signs = signsOf7(word >>> 14) | (signsOf7(word >>> 21) << 8);
    return applySigns(gather8(IQ2_XXS_GRID, load<u8>(at, 4), load<u8>(at, 5)), signs);
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
    // The words are every other of 16 from offset 2 on.
    const first = i32x4.shr_u(
      i8x16.shuffle(
        v128.load(changetype<usize>(this), 2),
        v128.load(changetype<usize>(this), 18),
        4,
        5,
        6,
        7,
        12,
        13,
        14,
        15,
        20,
        21,
        22,
        23,
        28,
        29,
        30,
        31,
      ),
      28,
    );
    const last = i32x4.shr_u(
      i8x16.shuffle(
        v128.load(changetype<usize>(this), 34),
        v128.load(changetype<usize>(this), 50),
        4,
        5,
        6,
        7,
        12,
        13,
        14,
        15,
        20,
        21,
        22,
        23,
        28,
        29,
        30,
        31,
      ),
      28,
    );
    return i16x8.add(i16x8.shl(i16x8.narrow_i32x4_s(first, last), 1), i16x8.splat(1));
  }

  @inline
  offset(): f32 {
    return 0;
  }
}

/** W (rows, n) IQ2_XXS, x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32 */
export function iq2_xxs_matvec(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32): void {
  matvecSuper<IQ2_XXSBlock>(w, x, out, from, to, n);
}

/**
 * W (rows, n) IQ2_XXS, X (tokens, n) q8: out[:, from..to) = W[from..to) @ X; out (tokens, rows) f32, tokens of out
 * `outStride` bytes apart; there is no need of scratch memory
 */
export function iq2_xxs_matmul(
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
  matmulSuper<IQ2_XXSBlock>(w, x, out, from, to, n, tokens, outStride);
}
