import { Q8_BYTES } from "../../activations/q8";
import { touchAhead } from "../../threads/touch";
import { GROUP } from "./interleave";

/**
 * Products of packed weights with one token. The lanes of a vector are four rows, of the group's first or second quad.
 * T is a class as in interleave.ts, that has besides
 *
 * - add(sums, x)   sums (8 rows,) f32 in memory += the products of this block with the activations at x
 *
 * Each vector of weights is used as soon as it is loaded, in loops of few instructions: V8 12 and older load all that
 * a stretch of code needs first, and a whole block does not fit into the registers.
 */

/** Columns, at least, after which memory ahead is touched. */
export const VISIT: u32 = 128;

/** W (rows, n) packed, x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32; scratch for the sums of a group */
export function matvecPacked<T>(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32, scratch: usize): void {
  if (from >= to) return;
  const columns = changetype<T>(0).columns();
  const bytes = changetype<T>(0).bytes();
  const groupBytes = <usize>(n / columns) * bytes;
  const visit = max(VISIT, columns);
  const visitBytes = <usize>(visit / columns) * bytes;
  const visitActivations = (<usize>visit >> 5) * Q8_BYTES;
  const end = w + <usize>((to + GROUP - 1) / GROUP) * groupBytes;
  let block = w + <usize>(from / GROUP) * groupBytes;
  for (let row = from - (from % GROUP); row < to; row += GROUP) {
    const groupEnd = block + groupBytes;
    v128.store(scratch, f32x4.splat(0));
    v128.store(scratch, f32x4.splat(0), 16);
    for (let values = x; block < groupEnd; values += visitActivations) {
      const visitEnd = min(block + visitBytes, groupEnd);
      touchAhead(block, visitEnd, end);
      for (let value = values; block < visitEnd; block += bytes) {
        changetype<T>(block).add(scratch, value);
        value += (<usize>columns >> 5) * Q8_BYTES;
      }
    }
    storeGroup(out, scratch, row, from, to);
  }
}

/** Writes those sums (8 rows,) of the group that begins with `row` whose rows are within `from` and `to`. */
export function storeGroup(out: usize, sums: usize, row: u32, from: u32, to: u32): void {
  const target = out + ((<usize>row) << 2);
  if (row >= from && row + GROUP <= to) {
    v128.store(target, v128.load(sums));
    v128.store(target, v128.load(sums, 16), 16);
    return;
  }
  for (let i = max(row, from) - row; i < min(row + GROUP, to) - row; i++) {
    store<f32>(target + ((<usize>i) << 2), load<f32>(sums + ((<usize>i) << 2)));
  }
}
