import { Q8_BYTES, Q8_SCALE, Q8_SUM, q8RowBytes } from "../../activations/q8";
import { splatLane16 } from "../../vector/constants";
import { madd, sumsF32x4 } from "../../vector/simd";
import { storeTokens } from "../block32/block32";
import { dotScaled, dotScaledHalves } from "../products";

/**
 * The loops of the formats with super-blocks of 256 values: an f32 scale d for all, and an integer scale s for every
 * 32 or every 16 of them: value = d * s * q + d * offset. T is a class whose pointer is the address of a super-block,
 * with
 *
 * - bytes()                bytes of a super-block
 * - d()                    the f32 scale
 * - low(g), high(g)        q of values 32 g .. 32 g + 15 and of the 16 after them, a byte each; g = 0..7
 * - isSmall()              whether every q is within 0..63
 * - hasHalfScales()        whether there is a scale every 16 values
 * - scales(k)              scales 8 k .. 8 k + 7 as i16; k = 0, and 1 where there are 16
 * - offset()               this constant times d is added to each value
 *
 * The offset leaves the loop over values, because sums of activations are known (assembly/activations/q8.ts).
 */

@unmanaged
class Row<T> {
  /** total + s q . x of group g, as four partial sums in f32; `part` holds the group's s */
  @inline
  addGroup(total: v128, g: u32, part: v128, x: usize): v128 {
    const block = changetype<T>(changetype<usize>(this));
    const lane = block.hasHalfScales() ? (g << 1) & 7 : g;
    const at = x + <usize>g * Q8_BYTES;
    const sums = dotGroup<T>(
      block.low(g),
      block.high(g),
      splatLane16(part, lane),
      block.hasHalfScales() ? splatLane16(part, lane | 1) : part,
      at,
    );
    return madd(sums, v128.load32_splat(at, Q8_SCALE), total);
  }

  /** total + the super-block's values . x, as four partial sums in f32; `offsets` is what the offset adds, without d */
  @inline
  add(total: v128, x: usize, offsets: v128): v128 {
    const block = changetype<T>(changetype<usize>(this));
    const first = block.scales(0);
    const last = block.hasHalfScales() ? block.scales(1) : first;
    let sums = offsets;
    // Loops, because unrolled groups of four rows spill registers and outgrow the cache of decoded instructions:
    // measured 3 times slower for IQ3_XXS.
    for (let g: u32 = 0; g < 4; g++) sums = this.addGroup(sums, g, first, x);
    for (let g: u32 = 4; g < 8; g++) sums = this.addGroup(sums, g, last, x);
    return madd(sums, f32x4.splat(block.d()), total);
  }
}

/** offset times the sum of the 256 activations at x, in the first lane. */
function offsetOf<T>(x: usize): v128 {
  const none = f32x4.splat(0);
  const offset = changetype<T>(0).offset();
  if (offset === 0) return none;
  let sum: f32 = 0;
  for (const end = x + 8 * Q8_BYTES; x < end; x += Q8_BYTES) sum += load<f32>(x, Q8_SUM) * load<f32>(x, Q8_SCALE);
  return f32x4.replace_lane(none, 0, offset * sum);
}

/**
 * W (rows, n), x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32. Four rows go side by side, so that their
 * loads are in flight together. Rows past the last are the last once more.
 */
export function matvecSuper<T>(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32): void {
  const bytes = changetype<T>(0).bytes();
  const rowBytes = <usize>(n >> 8) * bytes;
  const last = to - 1;
  const xEnd = x + <usize>(n >> 5) * Q8_BYTES;
  for (let row = from; row < to; row += 4) {
    const row1 = min(row + 1, last);
    const row2 = min(row + 2, last);
    const row3 = min(row + 3, last);
    let w0 = w + <usize>row * rowBytes;
    let w1 = w + <usize>row1 * rowBytes;
    let w2 = w + <usize>row2 * rowBytes;
    let w3 = w + <usize>row3 * rowBytes;
    let a0 = f32x4.splat(0);
    let a1 = f32x4.splat(0);
    let a2 = f32x4.splat(0);
    let a3 = f32x4.splat(0);
    for (let values = x; values < xEnd; values += 8 * Q8_BYTES) {
      const offsets = offsetOf<T>(values);
      a0 = changetype<Row<T>>(w0).add(a0, values, offsets);
      a1 = changetype<Row<T>>(w1).add(a1, values, offsets);
      a2 = changetype<Row<T>>(w2).add(a2, values, offsets);
      a3 = changetype<Row<T>>(w3).add(a3, values, offsets);
      w0 += bytes;
      w1 += bytes;
      w2 += bytes;
      w3 += bytes;
    }
    const sums = sumsF32x4(a0, a1, a2, a3);
    store<f32>(out + ((<usize>row) << 2), f32x4.extract_lane(sums, 0));
    store<f32>(out + ((<usize>row1) << 2), f32x4.extract_lane(sums, 1));
    store<f32>(out + ((<usize>row2) << 2), f32x4.extract_lane(sums, 2));
    store<f32>(out + ((<usize>row3) << 2), f32x4.extract_lane(sums, 3));
  }
}

/** s q . x of 32 unpacked weights with their scales, as four partial sums in f32. */
function dotGroup<T>(low: v128, high: v128, scaleLow: v128, scaleHigh: v128, x: usize): v128 {
  const format = changetype<T>(0);
  return f32x4.convert_i32x4_s(
    format.hasHalfScales()
      ? dotScaledHalves(low, high, format.isSmall(), scaleLow, scaleHigh, x)
      : dotScaled(low, high, format.isSmall(), scaleLow, x),
  );
}

/**
 * W (rows, n), X (tokens, n) q8: out[:, from..to) = W[from..to) @ X; out (tokens, rows) f32, tokens of out `outStride`
 * bytes apart. Weights are unpacked once for four tokens. Tokens past the last are the last once more.
 */
export function matmulSuper<T>(
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
  const rowBytes = <usize>(n >> 8) * bytes;
  const xBytes = <usize>q8RowBytes(n);
  const lastToken = tokens - 1;
  for (let row = from; row < to; row++) {
    for (let token: u32 = 0; token < tokens; token += 4) {
      const token1 = min(token + 1, lastToken);
      const token2 = min(token + 2, lastToken);
      const token3 = min(token + 3, lastToken);
      let values = x + <usize>token * xBytes;
      const to1 = <usize>(token1 - token) * xBytes;
      const to2 = <usize>(token2 - token) * xBytes;
      const to3 = <usize>(token3 - token) * xBytes;
      let a0 = f32x4.splat(0);
      let a1 = f32x4.splat(0);
      let a2 = f32x4.splat(0);
      let a3 = f32x4.splat(0);
      const start = w + <usize>row * rowBytes;
      for (let at = start; at < start + rowBytes; at += bytes) {
        const block = changetype<T>(at);
        let t0 = offsetOf<T>(values);
        let t1 = offsetOf<T>(values + to1);
        let t2 = offsetOf<T>(values + to2);
        let t3 = offsetOf<T>(values + to3);
        const firstScales = block.scales(0);
        const lastScales = block.hasHalfScales() ? block.scales(1) : firstScales;
        for (let g: u32 = 0; g < 8; g++, values += Q8_BYTES) {
          const low = block.low(g);
          const high = block.high(g);
          let scaleLow: v128;
          let scaleHigh: v128;
          if (format.hasHalfScales()) {
            const part = g < 4 ? firstScales : lastScales;
            scaleLow = splatLane16(part, (g << 1) & 7);
            scaleHigh = splatLane16(part, ((g << 1) & 7) | 1);
          } else {
            scaleLow = splatLane16(firstScales, g);
            scaleHigh = scaleLow;
          }
          const x0 = v128.load32_splat(values, Q8_SCALE);
          const x1 = v128.load32_splat(values + to1, Q8_SCALE);
          const x2 = v128.load32_splat(values + to2, Q8_SCALE);
          const x3 = v128.load32_splat(values + to3, Q8_SCALE);
          t0 = madd(dotGroup<T>(low, high, scaleLow, scaleHigh, values), x0, t0);
          t1 = madd(dotGroup<T>(low, high, scaleLow, scaleHigh, values + to1), x1, t1);
          t2 = madd(dotGroup<T>(low, high, scaleLow, scaleHigh, values + to2), x2, t2);
          t3 = madd(dotGroup<T>(low, high, scaleLow, scaleHigh, values + to3), x3, t3);
        }
        const d = f32x4.splat(block.d());
        a0 = madd(t0, d, a0);
        a1 = madd(t1, d, a1);
        a2 = madd(t2, d, a2);
        a3 = madd(t3, d, a3);
      }
      const target = out + ((<usize>row) << 2);
      storeTokens(target, sumsF32x4(a0, a1, a2, a3), token, token1, token2, token3, outStride);
    }
  }
}
