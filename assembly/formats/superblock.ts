import { splatLane16 } from "../constants";
import { q8RowBytes } from "../quantize";
import { madd, sumsF32x4 } from "../simd";
import { storeTokens } from "./block32";
import { dotScaled, dotScaledHalves } from "./products";

/**
 * The loops of the formats with super-blocks of 256 values: an f32 scale d for all, and an integer scale s for every
 * 32 or every 16 of them: value = d * s * q - dmin * m. T is a class whose pointer is the address of a super-block,
 * with
 *
 * - bytes()                bytes of a super-block
 * - d()                    the f32 scale
 * - low(g), high(g)        q of values 32 g .. 32 g + 15 and of the 16 after them, a byte each; g = 0..7
 * - isSmall()              whether every q is within 0..63
 * - hasHalfScales()        whether there is a scale every 16 values
 * - scales(k)              scales 8 k .. 8 k + 7 as i16; k = 0, and 1 where there are 16
 * - minimums()             how many m there are: 0, 8 or 16
 * - minimum(k, scales)     m of numbers 4 k .. 4 k + 3, as f32; where there are 16, `scales` is scales(k / 2)
 * - dmin()                 the f32 scale of m
 *
 * What m subtracts leaves the loop over values, because sums of activations are known (assembly/quantize.ts).
 */

@unmanaged
class Row<T> {
  /** s q . x of group g, as four partial sums in f32; `part` holds the group's s */
  @inline
  dot(g: u32, part: v128, x: usize, scales: usize): v128 {
    const block = changetype<T>(changetype<usize>(this));
    const lane = block.hasHalfScales() ? (g << 1) & 7 : g;
    const sums = dotGroup<T>(
      block.low(g),
      block.high(g),
      splatLane16(part, lane),
      block.hasHalfScales() ? splatLane16(part, lane | 1) : part,
      x + ((<usize>g) << 5),
    );
    return f32x4.mul(sums, v128.load32_splat(scales + ((<usize>g) << 2)));
  }

  /** m . sums, as four partial sums in f32 */
  @inline
  minimums(first: v128, last: v128, sums: usize, halfSums: usize): v128 {
    const block = changetype<T>(changetype<usize>(this));
    const at = block.minimums() === 16 ? halfSums : sums;
    let m = madd(block.minimum(0, first), v128.load(at), f32x4.mul(block.minimum(1, first), v128.load(at, 16)));
    if (block.minimums() === 16) {
      m = madd(block.minimum(2, last), v128.load(at, 32), m);
      m = madd(block.minimum(3, last), v128.load(at, 48), m);
    }
    return m;
  }

  /** total + the super-block's values . x, as four partial sums in f32 */
  @inline
  add(total: v128, x: usize, scales: usize, sums: usize, halfSums: usize): v128 {
    const block = changetype<T>(changetype<usize>(this));
    const first = block.scales(0);
    const last = block.hasHalfScales() ? block.scales(1) : first;
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    // Loops, because unrolled groups of four rows spill registers and outgrow the cache of decoded instructions:
    // measured 1.3 times slower for Q5_K, 3 times for IQ3_XXS.
    for (let g: u32 = 0; g < 4; g += 2) {
      a = f32x4.add(a, this.dot(g, first, x, scales));
      b = f32x4.add(b, this.dot(g + 1, first, x, scales));
    }
    for (let g: u32 = 4; g < 8; g += 2) {
      a = f32x4.add(a, this.dot(g, last, x, scales));
      b = f32x4.add(b, this.dot(g + 1, last, x, scales));
    }
    const sum = madd(f32x4.add(a, b), f32x4.splat(block.d()), total);
    if (block.minimums() === 0) return sum;
    return madd(this.minimums(first, last, sums, halfSums), f32x4.splat(-block.dmin()), sum);
  }
}

/**
 * W (rows, n) @ x (n,) q8 -> out (rows,) f32. Four rows go side by side, so that their loads are in flight together.
 * Rows past the last are the last once more.
 */
export function matvecSuper<T>(w: usize, x: usize, out: usize, rows: u32, n: u32): void {
  const bytes = changetype<T>(0).bytes();
  const rowBytes = <usize>(n >> 8) * bytes;
  const last = rows - 1;
  const eighth = <usize>n >> 3;
  for (let row: u32 = 0; row < rows; row += 4) {
    const row1 = min(row + 1, last);
    const row2 = min(row + 2, last);
    const row3 = min(row + 3, last);
    let w0 = w + <usize>row * rowBytes;
    let w1 = w + <usize>row1 * rowBytes;
    let w2 = w + <usize>row2 * rowBytes;
    let w3 = w + <usize>row3 * rowBytes;
    let values = x;
    let scales = x + n;
    let halfSums = x + n + (eighth << 1);
    let a0 = f32x4.splat(0);
    let a1 = f32x4.splat(0);
    let a2 = f32x4.splat(0);
    let a3 = f32x4.splat(0);
    for (const end = scales + eighth; scales < end; scales += 32, values += 256, halfSums += 64) {
      const sums = scales + eighth;
      a0 = changetype<Row<T>>(w0).add(a0, values, scales, sums, halfSums);
      a1 = changetype<Row<T>>(w1).add(a1, values, scales, sums, halfSums);
      a2 = changetype<Row<T>>(w2).add(a2, values, scales, sums, halfSums);
      a3 = changetype<Row<T>>(w3).add(a3, values, scales, sums, halfSums);
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
 * W (rows, n) @ X (tokens, n) q8 -> out (tokens, rows) f32, tokens of out `outStride` bytes apart. Weights are
 * unpacked once for four tokens. Tokens past the last are the last once more.
 */
export function matmulSuper<T>(w: usize, x: usize, out: usize, rows: u32, n: u32, tokens: u32, outStride: u32): void {
  const format = changetype<T>(0);
  const bytes = format.bytes();
  const rowBytes = <usize>(n >> 8) * bytes;
  const xBytes = <usize>q8RowBytes(n);
  const eighth = <usize>n >> 3;
  const lastToken = tokens - 1;
  for (let row: u32 = 0; row < rows; row++, w += rowBytes, out += 4) {
    for (let token: u32 = 0; token < tokens; token += 4) {
      const token1 = min(token + 1, lastToken);
      const token2 = min(token + 2, lastToken);
      const token3 = min(token + 3, lastToken);
      const first = x + <usize>token * xBytes;
      const to1 = <usize>(token1 - token) * xBytes;
      const to2 = <usize>(token2 - token) * xBytes;
      const to3 = <usize>(token3 - token) * xBytes;
      let values = first;
      let scales = first + n;
      let minimums = first + n + (format.minimums() === 16 ? eighth << 1 : eighth);
      let a0 = f32x4.splat(0);
      let a1 = f32x4.splat(0);
      let a2 = f32x4.splat(0);
      let a3 = f32x4.splat(0);
      let at = w;
      for (const end = scales + eighth; scales < end; at += bytes) {
        const block = changetype<T>(at);
        let t0 = f32x4.splat(0);
        let t1 = f32x4.splat(0);
        let t2 = f32x4.splat(0);
        let t3 = f32x4.splat(0);
        const firstScales = block.scales(0);
        const lastScales = block.hasHalfScales() ? block.scales(1) : firstScales;
        for (let g: u32 = 0; g < 8; g++, values += 32, scales += 4) {
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
          t0 = madd(dotGroup<T>(low, high, scaleLow, scaleHigh, values), v128.load32_splat(scales), t0);
          t1 = madd(dotGroup<T>(low, high, scaleLow, scaleHigh, values + to1), v128.load32_splat(scales + to1), t1);
          t2 = madd(dotGroup<T>(low, high, scaleLow, scaleHigh, values + to2), v128.load32_splat(scales + to2), t2);
          t3 = madd(dotGroup<T>(low, high, scaleLow, scaleHigh, values + to3), v128.load32_splat(scales + to3), t3);
        }
        const d = f32x4.splat(block.d());
        a0 = madd(t0, d, a0);
        a1 = madd(t1, d, a1);
        a2 = madd(t2, d, a2);
        a3 = madd(t3, d, a3);
        if (format.minimums() !== 0) {
          const dmin = f32x4.splat(-block.dmin());
          for (let k: u32 = 0; k < format.minimums() >> 2; k++, minimums += 16) {
            const m = f32x4.mul(block.minimum(k, format.minimums() === 16 && k > 1 ? lastScales : firstScales), dmin);
            a0 = madd(m, v128.load(minimums), a0);
            a1 = madd(m, v128.load(minimums + to1), a1);
            a2 = madd(m, v128.load(minimums + to2), a2);
            a3 = madd(m, v128.load(minimums + to3), a3);
          }
        }
      }
      storeTokens(out, sumsF32x4(a0, a1, a2, a3), token, token1, token2, token3, outStride);
    }
  }
}
