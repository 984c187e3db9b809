/**
 * F32: single precision.
 *
 * ```
 * seee eeee emmm mmmm mmmm mmmm mmmm mmmm    4 bytes, little-endian
 * ```
 */
import { activation_f32 } from "../../activations/kinds";
import { dequantizeDense, matmulDense, matvecDense } from "./dense";

export const f32_activation: u32 = activation_f32;

/** source (n,) F32 -> target (n,) f32 */
export function f32_dequantize(source: usize, target: usize, n: u32): void {
  dequantizeDense<f32>(source, target, n);
}

/** W (rows, n) F32, x (n,) f32: out[from..to) = W[from..to) @ x; out (rows,) f32 */
export function f32_matvec(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32): void {
  matvecDense<f32>(w, x, out, from, to, n);
}

/**
 * W (rows, n) F32, X (tokens, n) f32: out[:, from..to) = W[from..to) @ X; out (tokens, rows) f32, tokens of out
 * `outStride` bytes apart; there is no need of scratch memory
 */
export function f32_matmul(
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
  matmulDense<f32>(w, x, out, from, to, n, tokens, outStride);
}
