import { Q8_BYTES, Q8_SCALE, Q8_SUM, q8RowBytes } from "../../activations/q8";
import { halfToFloat, halfToFloatX4 } from "../../vector/half";
import { madd, splatLane32, sumsF32x4 } from "../../vector/simd";
import { dotBytes } from "../products";

/**
 * The loops of the formats with blocks of 32 values and one f16 scale d at the start of the block:
 * value = d * q + offset. T is a class whose pointer is the address of a block, with
 *
 * - bytes()            bytes of a block
 * - low(), high()      q of values 0..15 and of values 16..31, a byte each
 * - isSmall()          whether every q is within 0..63
 * - hasMinimum()       whether the offset is a second f16 at +2; otherwise it is
 * - offset()           this constant times d
 *
 * The offset leaves the loop over values: sum((d q + m) x) = d sum(q x) + m sum(x), and sums of activations are
 * known (assembly/activations/q8.ts). Products with one token and with many take the same steps in the same order.
 */

/** Four f16 at the given addresses, as f32. */
function halves(a: usize, b: usize, c: usize, d: usize): v128 {
  let v = v128.load16_lane(a, i64x2.splat(0), 0);
  v = v128.load16_lane(b, v, 2);
  v = v128.load16_lane(c, v, 4);
  v = v128.load16_lane(d, v, 6);
  return halfToFloatX4(v);
}

/** q . x of the block at w, as four partial sums in f32 */
function dot<T>(w: usize, x: usize): v128 {
  const block = changetype<T>(w);
  return f32x4.convert_i32x4_s(dotBytes(block.low(), block.high(), block.isSmall(), x));
}

/**
 * W (rows, n), x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32. Four rows go side by side: their loads are
 * in flight together and share those of x. Rows past the last are the last once more.
 */
export function matvec32<T>(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32): void {
  const format = changetype<T>(0);
  const bytes = format.bytes();
  const blocks = n >> 5;
  const rowBytes = <usize>blocks * bytes;
  const last = to - 1;
  for (let row = from; row < to; row += 4) {
    const row1 = min(row + 1, last);
    const row2 = min(row + 2, last);
    const row3 = min(row + 3, last);
    let w0 = w + <usize>row * rowBytes;
    let w1 = w + <usize>row1 * rowBytes;
    let w2 = w + <usize>row2 * rowBytes;
    let w3 = w + <usize>row3 * rowBytes;
    let values = x;
    let a0 = f32x4.splat(0);
    let a1 = f32x4.splat(0);
    let a2 = f32x4.splat(0);
    let a3 = f32x4.splat(0);
    let offsets = f32x4.splat(0);
    for (const end = x + <usize>blocks * Q8_BYTES; values < end; values += Q8_BYTES) {
      const d = halves(w0, w1, w2, w3);
      const scale = v128.load32_splat(values, Q8_SCALE);
      const scaled = f32x4.mul(d, scale);
      a0 = madd(dot<T>(w0, values), splatLane32(scaled, 0), a0);
      a1 = madd(dot<T>(w1, values), splatLane32(scaled, 1), a1);
      a2 = madd(dot<T>(w2, values), splatLane32(scaled, 2), a2);
      a3 = madd(dot<T>(w3, values), splatLane32(scaled, 3), a3);
      if (format.hasMinimum() || format.offset() !== 0) {
        const sum = f32x4.mul(v128.load32_splat(values, Q8_SUM), scale);
        offsets = madd(sum, format.hasMinimum() ? halves(w0 + 2, w1 + 2, w2 + 2, w3 + 2) : d, offsets);
      }
      w0 += bytes;
      w1 += bytes;
      w2 += bytes;
      w3 += bytes;
    }
    if (!format.hasMinimum()) offsets = f32x4.mul(offsets, f32x4.splat(format.offset()));
    const sums = f32x4.add(sumsF32x4(a0, a1, a2, a3), offsets);
    store<f32>(out + ((<usize>row) << 2), f32x4.extract_lane(sums, 0));
    store<f32>(out + ((<usize>row1) << 2), f32x4.extract_lane(sums, 1));
    store<f32>(out + ((<usize>row2) << 2), f32x4.extract_lane(sums, 2));
    store<f32>(out + ((<usize>row3) << 2), f32x4.extract_lane(sums, 3));
  }
}

/**
 * W (rows, n), X (tokens, n) q8: out[:, from..to) = W[from..to) @ X; out (tokens, rows) f32, tokens of out `outStride`
 * bytes apart. Two rows meet four tokens at a time: a block is unpacked once for the four, activations are loaded once
 * for the two. Rows and tokens past the last are the last once more.
 */
export function matmul32<T>(
  w: usize,
  x: usize,
  out: usize,
  from: u32,
  to: u32,
  n: u32,
  tokens: u32,
  outStride: u32,
): void {
  const format = changetype<T>(0);
  const bytes = format.bytes();
  const blocks = n >> 5;
  const rowBytes = <usize>blocks * bytes;
  const xBytes = <usize>q8RowBytes(n);
  const lastToken = tokens - 1;
  for (let row = from; row < to; row += 2) {
    const row1 = min(row + 1, to - 1);
    for (let token: u32 = 0; token < tokens; token += 4) {
      const token1 = min(token + 1, lastToken);
      const token2 = min(token + 2, lastToken);
      const token3 = min(token + 3, lastToken);
      let w0 = w + <usize>row * rowBytes;
      let w1 = w + <usize>row1 * rowBytes;
      let x0 = x + <usize>token * xBytes;
      const to1 = <usize>(token1 - token) * xBytes;
      const to2 = <usize>(token2 - token) * xBytes;
      const to3 = <usize>(token3 - token) * xBytes;
      let a0 = f32x4.splat(0);
      let a1 = f32x4.splat(0);
      let a2 = f32x4.splat(0);
      let a3 = f32x4.splat(0);
      let b0 = f32x4.splat(0);
      let b1 = f32x4.splat(0);
      let b2 = f32x4.splat(0);
      let b3 = f32x4.splat(0);
      // Lanes: the four tokens.
      let aOffsets = f32x4.splat(0);
      let bOffsets = f32x4.splat(0);
      for (const end = x0 + <usize>blocks * Q8_BYTES; x0 < end; x0 += Q8_BYTES) {
        const a = changetype<T>(w0);
        const b = changetype<T>(w1);
        const aLow = a.low();
        const aHigh = a.high();
        const bLow = b.low();
        const bHigh = b.high();
        const aScale = f32x4.splat(halfToFloat(load<u16>(w0)));
        const bScale = f32x4.splat(halfToFloat(load<u16>(w1)));
        const s0 = v128.load32_splat(x0, Q8_SCALE);
        const s1 = v128.load32_splat(x0 + to1, Q8_SCALE);
        const s2 = v128.load32_splat(x0 + to2, Q8_SCALE);
        const s3 = v128.load32_splat(x0 + to3, Q8_SCALE);
        const small = a.isSmall();
        a0 = madd(f32x4.convert_i32x4_s(dotBytes(aLow, aHigh, small, x0)), f32x4.mul(s0, aScale), a0);
        b0 = madd(f32x4.convert_i32x4_s(dotBytes(bLow, bHigh, small, x0)), f32x4.mul(s0, bScale), b0);
        a1 = madd(f32x4.convert_i32x4_s(dotBytes(aLow, aHigh, small, x0 + to1)), f32x4.mul(s1, aScale), a1);
        b1 = madd(f32x4.convert_i32x4_s(dotBytes(bLow, bHigh, small, x0 + to1)), f32x4.mul(s1, bScale), b1);
        a2 = madd(f32x4.convert_i32x4_s(dotBytes(aLow, aHigh, small, x0 + to2)), f32x4.mul(s2, aScale), a2);
        b2 = madd(f32x4.convert_i32x4_s(dotBytes(bLow, bHigh, small, x0 + to2)), f32x4.mul(s2, bScale), b2);
        a3 = madd(f32x4.convert_i32x4_s(dotBytes(aLow, aHigh, small, x0 + to3)), f32x4.mul(s3, aScale), a3);
        b3 = madd(f32x4.convert_i32x4_s(dotBytes(bLow, bHigh, small, x0 + to3)), f32x4.mul(s3, bScale), b3);
        if (format.hasMinimum() || format.offset() !== 0) {
          let sums = v128.load32_zero(x0, Q8_SUM);
          sums = v128.load32_lane(x0 + to1, sums, 1, Q8_SUM);
          sums = v128.load32_lane(x0 + to2, sums, 2, Q8_SUM);
          sums = v128.load32_lane(x0 + to3, sums, 3, Q8_SUM);
          let scales = v128.load32_zero(x0, Q8_SCALE);
          scales = v128.load32_lane(x0 + to1, scales, 1, Q8_SCALE);
          scales = v128.load32_lane(x0 + to2, scales, 2, Q8_SCALE);
          scales = v128.load32_lane(x0 + to3, scales, 3, Q8_SCALE);
          sums = f32x4.mul(sums, scales);
          aOffsets = madd(sums, format.hasMinimum() ? f32x4.splat(halfToFloat(load<u16>(w0, 2))) : aScale, aOffsets);
          bOffsets = madd(sums, format.hasMinimum() ? f32x4.splat(halfToFloat(load<u16>(w1, 2))) : bScale, bOffsets);
        }
        w0 += bytes;
        w1 += bytes;
      }
      if (!format.hasMinimum()) {
        aOffsets = f32x4.mul(aOffsets, f32x4.splat(format.offset()));
        bOffsets = f32x4.mul(bOffsets, f32x4.splat(format.offset()));
      }
      const aSums = f32x4.add(sumsF32x4(a0, a1, a2, a3), aOffsets);
      const bSums = f32x4.add(sumsF32x4(b0, b1, b2, b3), bOffsets);
      storeTokens(out + ((<usize>row) << 2), aSums, token, token1, token2, token3, outStride);
      storeTokens(out + ((<usize>row1) << 2), bSums, token, token1, token2, token3, outStride);
    }
  }
}

/** Writes one row's results for four tokens. */
export function storeTokens(out: usize, sums: v128, t0: u32, t1: u32, t2: u32, t3: u32, outStride: usize): void {
  store<f32>(out + <usize>t0 * outStride, f32x4.extract_lane(sums, 0));
  store<f32>(out + <usize>t1 * outStride, f32x4.extract_lane(sums, 1));
  store<f32>(out + <usize>t2 * outStride, f32x4.extract_lane(sums, 2));
  store<f32>(out + <usize>t3 * outStride, f32x4.extract_lane(sums, 3));
}
