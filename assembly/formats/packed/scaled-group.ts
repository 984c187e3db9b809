import { Q8_BYTES } from "../../activations/q8";
import { smallHalfToFloatX4 } from "../../vector/half";
import { First, halves, Second } from "./interleave";
import { bytePairs, Offset, PANEL_BYTES } from "./panel";
import { minimumsOf12X4, scalesOf12X4 } from "./scales";
import { addScaled, scaledMinimum, storeScaled } from "./sums";

/** A group of Q4_K or of Q5_K: the first 128 bytes, and what is done with the scales and minimums in them. */
@unmanaged
export class ScaledGroup {
  @inline
  d<Q>(): v128 {
    return smallHalfToFloatX4(halves<Q>(v128.load(changetype<usize>(this))));
  }

  /** -dmin */
  @inline
  minimum<Q>(): v128 {
    return f32x4.neg(smallHalfToFloatX4(halves<Q>(v128.load(changetype<usize>(this), 16))));
  }

  /** The four scales of columns 128 i .. 128 i + 127, where i is j / 2: byte 0..3 of each 32-bit lane. */
  @inline
  scales<Q>(j: u32): v128 {
    const word0 = v128.load(changetype<usize>(this), 32 + offsetof<Q>());
    return scalesOf12X4(word0, v128.load(changetype<usize>(this), 96 + offsetof<Q>()), j > 1);
  }

  @inline
  minimums<Q>(j: u32): v128 {
    const word1 = v128.load(changetype<usize>(this), 64 + offsetof<Q>());
    return minimumsOf12X4(word1, v128.load(changetype<usize>(this), 96 + offsetof<Q>()), j > 1);
  }

  /** Products of columns 64 j + 32 k + i, times their scale. */
  @inline
  scaled<Q>(products: v128, j: u32, k: u32): v128 {
    return i32x4.dot_i16x8_s(products, bytePairs(this.scales<Q>(j), ((j & 1) << 1) + k));
  }

  /** sums (8 rows,) f32 in memory += scaled products of columns 64 j .. 64 j + 63, as low and high 32 of each quad */
  @inline
  finish(
    sums: usize,
    low: v128,
    high: v128,
    otherLow: v128,
    otherHigh: v128,
    j: u32,
    d0: v128,
    d1: v128,
    minimum0: v128,
    minimum1: v128,
    x: usize,
  ): void {
    const a = this.finished<First>(v128.load(sums), low, high, j, d0, minimum0, x);
    // Vectors are joined only if nothing is stored between what makes them; else the sooner a register is free, the
    // better.
    if (!JOINS_VECTORS) v128.store(sums, a);
    const b = this.finished<Second>(v128.load(sums, 16), otherLow, otherHigh, j, d1, minimum1, x);
    if (JOINS_VECTORS) v128.store(sums, a);
    v128.store(sums, b, 16);
  }

  @inline
  finished<Q>(sums: v128, low: v128, high: v128, j: u32, d: v128, minimum: v128, x: usize): v128 {
    const minimums = this.minimums<Q>(j);
    const k = (j & 1) << 1;
    const lows = addScaled(sums, low, scaledMinimum(minimums, k, minimum), d, x);
    return addScaled(lows, high, scaledMinimum(minimums, k + 1, minimum), d, x + Q8_BYTES);
  }

  /** Fills in what two panels have beside q, for one quad. */
  @inline
  storeSides<Q>(panel: usize, j: u32, d: v128, minimum: v128): void {
    const scales = this.scales<Q>(j);
    const minimums = this.minimums<Q>(j);
    const k = (j & 1) << 1;
    storeScaled(panel, bytePairs(scales, k), scaledMinimum(minimums, k, minimum), d);
    storeScaled(panel + PANEL_BYTES, bytePairs(scales, k + 1), scaledMinimum(minimums, k + 1, minimum), d);
  }

  @inline
  halves(): u32 {
    return 2;
  }

  @inline
  isCentred(): bool {
    return false;
  }

  @inline
  offset(): Offset {
    return Offset.OF_VALUE;
  }
}
