import { Q8_BYTES, Q8_PAIRS } from "../../activations/q8";
import { dotPairs } from "../products";
import { First, Second } from "./interleave";

/**
 * Products with one token of super-blocks that have a scale every 16 of their 256 columns. Their 128 columns of half h
 * lie as four times 32 in the same bytes: step v = 0, 32 .. 224 has columns 128 h + 32 j + v / 8 and the three after
 * them, for j = 0..3. T is a class as in matvec.ts, that has besides
 *
 * - low<Q>(h, v), other<Q>(h, v), high<Q>(h, v)   the vectors of step v that `weights` wants, of quad Q
 * - weights(low, other, high, h, j)               q of four columns, a byte each
 * - scaled<Q>(products, i, k)                     products of 16 columns, summed in pairs, times scale 4 i + k
 * - finished<Q>(sums, a, b, c, e, h, x)           sums + the scaled products of half h, 32 columns each
 * - isCentred()                                   whether q stand for q - 32
 */

/** sums (8 rows,) f32 in memory += the products of the block with the activations at x */
export function addSixteens<T>(block: usize, sums: usize, x: usize): void {
  if (JOINS_VECTORS) {
    addBoth<T, First>(block, sums, x);
    addBoth<T, Second>(block, sums, x + 4 * Q8_BYTES);
  } else {
    // Both quads in one loop are too much for sixteen registers, unless they are joined.
    const first = addQuad<T, First, First>(block, v128.load(sums), x);
    v128.store(sums, addQuad<T, First, Second>(block, first, x + 4 * Q8_BYTES));
    const second = addQuad<T, Second, First>(block, v128.load(sums, 16), x);
    v128.store(sums, addQuad<T, Second, Second>(block, second, x + 4 * Q8_BYTES), 16);
  }
}

/** sums (4 rows,) of quad Q + the products of the columns of half H */
function addQuad<T, Q, H>(block: usize, sums: v128, x: usize): v128 {
  const h: u32 = offsetof<H>() >> 4;
  const group = changetype<T>(block);
  let first = i64x2.splat(0);
  let second = i64x2.splat(0);
  let third = i64x2.splat(0);
  let fourth = i64x2.splat(0);
  let scale = 0;
  let v: usize = 0;
  for (let half = x; half < x + 32; half += 16, scale++) {
    let a = i64x2.splat(0);
    let b = i64x2.splat(0);
    let c = i64x2.splat(0);
    let e = i64x2.splat(0);
    for (let value = half; value < half + 16; value += 4, v += 32) {
      const low = group.low<Q>(h, v);
      const other = group.other<Q>(h, v);
      const high = group.high<Q>(h, v);
      a = i16x8.add(a, dotPairs(v128.load32_splat(value), group.weights(low, other, high, h, 0)));
      b = i16x8.add(b, dotPairs(v128.load32_splat(value, Q8_BYTES), group.weights(low, other, high, h, 1)));
      c = i16x8.add(c, dotPairs(v128.load32_splat(value, 2 * Q8_BYTES), group.weights(low, other, high, h, 2)));
      e = i16x8.add(e, dotPairs(v128.load32_splat(value, 3 * Q8_BYTES), group.weights(low, other, high, h, 3)));
    }
    if (group.isCentred()) {
      const pairs = x + ((<usize>scale) << 2);
      a = i16x8.sub(a, v128.load32_splat(pairs, Q8_PAIRS));
      b = i16x8.sub(b, v128.load32_splat(pairs, Q8_PAIRS + Q8_BYTES));
      c = i16x8.sub(c, v128.load32_splat(pairs, Q8_PAIRS + 2 * Q8_BYTES));
      e = i16x8.sub(e, v128.load32_splat(pairs, Q8_PAIRS + 3 * Q8_BYTES));
    }
    first = i32x4.add(first, group.scaled<Q>(a, h << 1, scale));
    second = i32x4.add(second, group.scaled<Q>(b, h << 1, scale + 2));
    third = i32x4.add(third, group.scaled<Q>(c, (h << 1) + 1, scale));
    fourth = i32x4.add(fourth, group.scaled<Q>(e, (h << 1) + 1, scale + 2));
  }
  return group.finished<Q>(sums, first, second, third, fourth, h, x);
}

/** {@link addQuad} of both quads: every variable is there twice, as 0 for the first quad and 1 for the second. */
function addBoth<T, H>(block: usize, sums: usize, x: usize): void {
  const h: u32 = offsetof<H>() >> 4;
  const group = changetype<T>(block);
  const none = i64x2.splat(0);
  let first0 = none;
  let first1 = none;
  let second0 = none;
  let second1 = none;
  let third0 = none;
  let third1 = none;
  let fourth0 = none;
  let fourth1 = none;
  let scale = 0;
  let v: usize = 0;
  for (let half = x; half < x + 32; half += 16, scale++) {
    let a0 = none;
    let a1 = none;
    let b0 = none;
    let b1 = none;
    let c0 = none;
    let c1 = none;
    let e0 = none;
    let e1 = none;
    for (let value = half; value < half + 16; value += 4, v += 32) {
      const low0 = group.low<First>(h, v);
      const low1 = group.low<Second>(h, v);
      const other0 = group.other<First>(h, v);
      const other1 = group.other<Second>(h, v);
      const high0 = group.high<First>(h, v);
      const high1 = group.high<Second>(h, v);
      const a = v128.load32_splat(value);
      a0 = i16x8.add(a0, dotPairs(a, group.weights(low0, other0, high0, h, 0)));
      a1 = i16x8.add(a1, dotPairs(a, group.weights(low1, other1, high1, h, 0)));
      const b = v128.load32_splat(value, Q8_BYTES);
      b0 = i16x8.add(b0, dotPairs(b, group.weights(low0, other0, high0, h, 1)));
      b1 = i16x8.add(b1, dotPairs(b, group.weights(low1, other1, high1, h, 1)));
      const c = v128.load32_splat(value, 2 * Q8_BYTES);
      c0 = i16x8.add(c0, dotPairs(c, group.weights(low0, other0, high0, h, 2)));
      c1 = i16x8.add(c1, dotPairs(c, group.weights(low1, other1, high1, h, 2)));
      const e = v128.load32_splat(value, 3 * Q8_BYTES);
      e0 = i16x8.add(e0, dotPairs(e, group.weights(low0, other0, high0, h, 3)));
      e1 = i16x8.add(e1, dotPairs(e, group.weights(low1, other1, high1, h, 3)));
    }
    if (group.isCentred()) {
      const pairs = x + ((<usize>scale) << 2);
      const a = v128.load32_splat(pairs, Q8_PAIRS);
      a0 = i16x8.sub(a0, a);
      a1 = i16x8.sub(a1, a);
      const b = v128.load32_splat(pairs, Q8_PAIRS + Q8_BYTES);
      b0 = i16x8.sub(b0, b);
      b1 = i16x8.sub(b1, b);
      const c = v128.load32_splat(pairs, Q8_PAIRS + 2 * Q8_BYTES);
      c0 = i16x8.sub(c0, c);
      c1 = i16x8.sub(c1, c);
      const e = v128.load32_splat(pairs, Q8_PAIRS + 3 * Q8_BYTES);
      e0 = i16x8.sub(e0, e);
      e1 = i16x8.sub(e1, e);
    }
    first0 = i32x4.add(first0, group.scaled<First>(a0, h << 1, scale));
    first1 = i32x4.add(first1, group.scaled<Second>(a1, h << 1, scale));
    second0 = i32x4.add(second0, group.scaled<First>(b0, h << 1, scale + 2));
    second1 = i32x4.add(second1, group.scaled<Second>(b1, h << 1, scale + 2));
    third0 = i32x4.add(third0, group.scaled<First>(c0, (h << 1) + 1, scale));
    third1 = i32x4.add(third1, group.scaled<Second>(c1, (h << 1) + 1, scale));
    fourth0 = i32x4.add(fourth0, group.scaled<First>(e0, (h << 1) + 1, scale + 2));
    fourth1 = i32x4.add(fourth1, group.scaled<Second>(e1, (h << 1) + 1, scale + 2));
  }
  const sums0 = group.finished<First>(v128.load(sums), first0, second0, third0, fourth0, h, x);
  const sums1 = group.finished<Second>(v128.load(sums, 16), first1, second1, third1, fourth1, h, x);
  v128.store(sums, sums0);
  v128.store(sums, sums1, 16);
}
