/**
 * Q8_0: 32 values in 34 bytes, value = d * q.
 *
 * ```
 * offset 0   f16 d
 * offset 2   i8  q[32]
 * ```
 */
import { halfToFloat } from "../half";
import { madd, sumF32x4 } from "../simd";

const BLOCK_BYTES: usize = 34;

/** source (n,) Q8_0 -> target (n,) f32; n is a multiple of 32 */
export function q8_0_dequantize(source: usize, target: usize, n: u32): void {
  for (const end = target + ((<usize>n) << 2); target < end; source += BLOCK_BYTES, target += 128) {
    const d = halfToFloat(load<u16>(source));
    for (let i: usize = 0; i < 32; i++) store<f32>(target + (i << 2), d * f32(load<i8>(source + i, 2)));
  }
}

/** The products of 32 weights at q with 32 activations at x, summed into four i32 lanes. */
function dotBlock(q: usize, x: usize): v128 {
  const a = i32x4.dot_i16x8_s(v128.load8x8_s(q), v128.load8x8_s(x));
  const b = i32x4.dot_i16x8_s(v128.load8x8_s(q, 8), v128.load8x8_s(x, 8));
  const c = i32x4.dot_i16x8_s(v128.load8x8_s(q, 16), v128.load8x8_s(x, 16));
  const d = i32x4.dot_i16x8_s(v128.load8x8_s(q, 24), v128.load8x8_s(x, 24));
  return i32x4.add(i32x4.add(a, b), i32x4.add(c, d));
}

/** W (rows, n) Q8_0 @ x (n,) q8 -> out (rows,) f32 */
export function q8_0_matvec(w: usize, x: usize, out: usize, rows: u32, n: u32): void {
  q8_0_matmul(w, x, out, rows, n, 1, 0);
}

/** W (rows, n) Q8_0 @ X (tokens, n) q8 -> out (tokens, rows) f32, tokens of out `outStride` bytes apart */
export function q8_0_matmul(w: usize, x: usize, out: usize, rows: u32, n: u32, tokens: u32, outStride: u32): void {
  const blocks = n >> 5;
  const rowBytes = <usize>blocks * BLOCK_BYTES;
  const xBytes = <usize>(n + (n >> 2));
  for (let row: u32 = 0; row < rows; row++, w += rowBytes, out += 4) {
    for (let token: u32 = 0; token < tokens; token++) {
      let values = x + <usize>token * xBytes;
      let scales = values + n;
      let sum = f32x4.splat(0);
      let block = w;
      for (let i: u32 = 0; i < blocks; i++, block += BLOCK_BYTES, values += 32, scales += 4) {
        const scale = f32x4.splat(halfToFloat(load<u16>(block)) * load<f32>(scales));
        sum = madd(f32x4.convert_i32x4_s(dotBlock(block + 2, values)), scale, sum);
      }
      store<f32>(out + <usize>token * outStride, sumF32x4(sum));
    }
  }
}
