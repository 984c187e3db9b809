/**
 * TQ1_0: 256 ternary values in 54 bytes, five in a byte: value = d * (q - 1). A byte holds its five q as the fraction
 * byte / 256 = 0.q0 q1 q2 q3 q4 in base 3, so that q of digit k is the whole part of 3 * fraction(3^k * byte / 256).
 *
 * ```
 * offset 0    u8  a[32]   digit k of byte i: value 32 k + i
 * offset 32   u8  b[16]   digit k of byte i: value 160 + 16 k + i
 * offset 48   u8  c[4]    digit k of byte i: value 240 + 4 k + i, k < 4
 * offset 52   f16 d
 * ```
 *
 * The -1 makes a minimum of 1 with the scale d.
 */
import { activation_q8 } from "../../activations/kinds";
import { halfToFloat } from "../../vector/half";
import { matmulSuper, matvecSuper } from "./superblock";

const BLOCK_BYTES: usize = 54;
/** 1, 3, 9, 27 and 81, in every 16-bit lane. */
const POWERS: usize = memory.data<u16>(
  [
    1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 3, 3, 3, 3, 3, 3, 9, 9, 9, 9, 9, 9, 9, 9, 27, 27, 27, 27, 27, 27, 27, 27, 81, 81, 81,
    81, 81, 81, 81, 81,
  ],
  16,
);
/** What the 16 digits of c are multiplied by, for the even bytes; the odd ones need the same. */
const POWERS_OF_C: usize = memory.data<u16>([1, 1, 3, 3, 9, 9, 27, 27], 16);

/** Digit k of the byte at `at`, less 1. */
function digit(at: usize, k: u32): f32 {
  let power: u32 = 1;
  for (let i: u32 = 0; i < k; i++) power *= 3;
  const fraction = (<u32>load<u8>(at) * power) & 255;
  return f32(<i32>((fraction * 3) >> 8) - 1);
}

function power(k: u32): v128 {
  return v128.load(POWERS + ((<usize>k) << 4));
}

/** One digit of each of 16 bytes; `powers` are 16-bit lanes, each for two bytes. */
function digits(bytes: v128, powers: v128): v128 {
  const mask = i16x8.splat(255);
  const even = v128.and(i16x8.mul(v128.and(bytes, mask), powers), mask);
  const odd = v128.and(i16x8.mul(i16x8.shr_u(bytes, 8), powers), mask);
  const evenDigits = i16x8.shr_u(i16x8.add(even, i16x8.shl(even, 1)), 8);
  const oddDigits = v128.andnot(i16x8.add(odd, i16x8.shl(odd, 1)), mask);
  return v128.or(evenDigits, oddDigits);
}

export const tq1_0_activation: u32 = activation_q8;

/** source (n,) TQ1_0 -> target (n,) f32; n is a multiple of 256 */
export function tq1_0_dequantize(source: usize, target: usize, n: u32): void {
  for (const end = target + ((<usize>n) << 2); target < end; source += BLOCK_BYTES, target += 1024) {
    const d = halfToFloat(load<u16>(source, 52));
    for (let i: u32 = 0; i < 160; i++) store<f32>(target + (i << 2), d * digit(source + (i & 31), i >> 5));
    for (let i: u32 = 0; i < 80; i++) store<f32>(target + (i << 2), d * digit(source + 32 + (i & 15), i >> 4), 640);
    for (let i: u32 = 0; i < 16; i++) store<f32>(target + (i << 2), d * digit(source + 48 + (i & 3), i >> 2), 960);
  }
}

@unmanaged
class TQ1_0Block {
  @inline
  bytes(): usize {
    return BLOCK_BYTES;
  }

  @inline
  d(): f32 {
    return halfToFloat(load<u16>(changetype<usize>(this), 52));
  }

  @inline
  low(g: u32): v128 {
    if (g < 5) return digits(v128.load(changetype<usize>(this)), power(g));
    if (g < 7) return digits(v128.load(changetype<usize>(this), 32), power((g - 5) << 1));
    return digits(v128.load(changetype<usize>(this), 32), power(4));
  }

  @inline
  high(g: u32): v128 {
    if (g < 5) return digits(v128.load(changetype<usize>(this), 16), power(g));
    if (g < 7) return digits(v128.load(changetype<usize>(this), 32), power(((g - 5) << 1) + 1));
    return digits(v128.load32_splat(changetype<usize>(this), 48), v128.load(POWERS_OF_C));
  }

  @inline
  isSmall(): bool {
    return true;
  }

  @inline
  hasHalfScales(): bool {
    return false;
  }

  @inline
  scales(_k: u32): v128 {
    return i16x8.splat(1);
  }

  @inline
  offset(): f32 {
    return -1;
  }
}

/** W (rows, n) TQ1_0, x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32 */
export function tq1_0_matvec(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32): void {
  matvecSuper<TQ1_0Block>(w, x, out, from, to, n);
}

/**
 * W (rows, n) TQ1_0, X (tokens, n) q8: out[:, from..to) = W[from..to) @ X; out (tokens, rows) f32, tokens of out
 * `outStride` bytes apart; there is no need of scratch memory
 */
export function tq1_0_matmul(
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
  matmulSuper<TQ1_0Block>(w, x, out, from, to, n, tokens, outStride);
}
