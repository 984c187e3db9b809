/**
 * Q4_0: 32 values in 18 bytes, value = d * (q - 8).
 *
 * ```
 * offset 0   f16 d
 * offset 2   u8  q[16]     low nibble: values 0..15, high nibble: values 16..31
 * ```
 *
 * The -8 is taken out of the loop over values: sum((q - 8) x) = sum(q x) - 8 sum(x), and the sum of the
 * activations is precomputed (assembly/quantize.ts).
 */
import { halfToFloat } from "../half";
import { madd, sumF32x4 } from "../simd";

const BLOCK_BYTES: usize = 18;

/** source (n,) Q4_0 -> target (n,) f32; n is a multiple of 32 */
export function q4_0_dequantize(source: usize, target: usize, n: u32): void {
  for (const end = target + ((<usize>n) << 2); target < end; source += BLOCK_BYTES, target += 128) {
    const d = halfToFloat(load<u16>(source));
    for (let i: usize = 0; i < 16; i++) {
      const byte = <i32>load<u8>(source + i, 2);
      store<f32>(target + (i << 2), d * f32((byte & 15) - 8));
      store<f32>(target + (i << 2), d * f32((byte >> 4) - 8), 64);
    }
  }
}

/** The products of 32 nibbles at q with 32 activations at x, summed into four i32 lanes. */
function dotBlock(q: usize, x: usize): v128 {
  const bytes = v128.load(q);
  const low = v128.and(bytes, i8x16.splat(15));
  const high = v128.and(i16x8.shr_u(bytes, 4), i8x16.splat(15));
  const xLow = v128.load(x);
  const xHigh = v128.load(x, 16);
  if (ASC_FEATURE_RELAXED_SIMD) {
    // Exact on every machine: nibbles are within 0..127, and four products of 127 * 15 fit into 16 bits.
    const sums = i16x8.add(i16x8.relaxed_dot_i8x16_i7x16_s(xLow, low), i16x8.relaxed_dot_i8x16_i7x16_s(xHigh, high));
    return i32x4.extadd_pairwise_i16x8_s(sums);
  }
  const sums = i16x8.add(
    i16x8.add(i16x8.extmul_low_i8x16_s(xLow, low), i16x8.extmul_high_i8x16_s(xLow, low)),
    i16x8.add(i16x8.extmul_low_i8x16_s(xHigh, high), i16x8.extmul_high_i8x16_s(xHigh, high)),
  );
  return i32x4.extadd_pairwise_i16x8_s(sums);
}

/** W (rows, n) Q4_0 @ x (n,) q8 -> out (rows,) f32 */
export function q4_0_matvec(w: usize, x: usize, out: usize, rows: u32, n: u32): void {
  q4_0_matmul(w, x, out, rows, n, 1, 0);
}

/** W (rows, n) Q4_0 @ X (tokens, n) q8 -> out (tokens, rows) f32, tokens of out `outStride` bytes apart */
export function q4_0_matmul(w: usize, x: usize, out: usize, rows: u32, n: u32, tokens: u32, outStride: u32): void {
  const blocks = n >> 5;
  const rowBytes = <usize>blocks * BLOCK_BYTES;
  const xBytes = <usize>(n + (n >> 2));
  const sumsOffset = (<usize>blocks) << 2;
  for (let row: u32 = 0; row < rows; row++, w += rowBytes, out += 4) {
    for (let token: u32 = 0; token < tokens; token++) {
      let values = x + <usize>token * xBytes;
      let scales = values + n;
      let sum = f32x4.splat(0);
      let offset: f32 = 0;
      let block = w;
      for (let i: u32 = 0; i < blocks; i++, block += BLOCK_BYTES, values += 32, scales += 4) {
        const d = halfToFloat(load<u16>(block));
        sum = madd(f32x4.convert_i32x4_s(dotBlock(block + 2, values)), f32x4.splat(d * load<f32>(scales)), sum);
        offset += d * load<f32>(scales + sumsOffset);
      }
      store<f32>(out + <usize>token * outStride, sumF32x4(sum) - 8 * offset);
    }
  }
}
