/**
 * BF16: bfloat16, the upper half of a float.
 *
 * ```
 * seee eeee emmm mmmm    2 bytes, little-endian
 * ```
 */
import { activation_f32 } from "../../activations/kinds";
import { dequantizeDense, matmulDense, matvecDense } from "./dense";

export const bf16_activation: u32 = activation_f32;

/** source (n,) BF16 -> target (n,) f32 */
export function bf16_dequantize(source: usize, target: usize, n: u32): void {
  dequantizeDense<i16>(source, target, n);
}

/** W (rows, n) BF16, x (n,) f32: out[from..to) = W[from..to) @ x; out (rows,) f32 */
export function bf16_matvec(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32): void {
  matvecDense<i16>(w, x, out, from, to, n);
}

/**
 * W (rows, n) BF16, X (tokens, n) f32: out[:, from..to) = W[from..to) @ X; out (tokens, rows) f32, tokens of out
 * `outStride` bytes apart; there is no need of scratch memory
 */
export function bf16_matmul(
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
  matmulDense<i16>(w, x, out, from, to, n, tokens, outStride);
}
