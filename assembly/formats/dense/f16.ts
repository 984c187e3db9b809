/**
 * F16: IEEE half precision.
 *
 * ```
 * seee eemm mmmm mmmm    2 bytes, little-endian
 * ```
 */
import { activation_f32 } from "../../activations/kinds";
import { dequantizeDense, matmulDense, matvecDense } from "./dense";

export const f16_activation: u32 = activation_f32;

/** source (n,) F16 -> target (n,) f32 */
export function f16_dequantize(source: usize, target: usize, n: u32): void {
  dequantizeDense<u16>(source, target, n);
}

/** W (rows, n) F16, x (n,) f32: out[from..to) = W[from..to) @ x; out (rows,) f32 */
export function f16_matvec(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32): void {
  matvecDense<u16>(w, x, out, from, to, n);
}

/**
 * W (rows, n) F16, X (tokens, n) f32: out[:, from..to) = W[from..to) @ X; out (tokens, rows) f32, tokens of out
 * `outStride` bytes apart; there is no need of scratch memory
 */
export function f16_matmul(
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
  matmulDense<u16>(w, x, out, from, to, n, tokens, outStride);
}
