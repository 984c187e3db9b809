import { Q8_BYTES } from "../quantize";
import { touchAhead } from "../touch";
import { GROUP } from "./interleave";

/**
 * Products of packed weights with one token. The lanes of every vector are the four rows of a group. T is a class as in
 * interleave.ts, that has besides
 *
 * - add(sums, x)   sums (4 rows,) f32 + the block's products with the activations at x
 */

/** Columns after which memory ahead is touched. */
const VISIT: u32 = 256;

/** W (rows, n) packed, x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32 */
export function matvecPacked<T>(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32): void {
  if (from >= to) return;
  const bytes = changetype<T>(0).bytes();
  const columns = changetype<T>(0).columns();
  const groupBytes = <usize>(n / columns) * bytes;
  const visitBytes = <usize>(VISIT / columns) * bytes;
  const visitActivations = (<usize>VISIT >> 5) * Q8_BYTES;
  const end = w + <usize>((to + GROUP - 1) / GROUP) * groupBytes;
  let block = w + <usize>(from / GROUP) * groupBytes;
  for (let row = from - (from % GROUP); row < to; row += GROUP) {
    const groupEnd = block + groupBytes;
    let sums = f32x4.splat(0);
    for (let values = x; block < groupEnd; values += visitActivations) {
      const visitEnd = min(block + visitBytes, groupEnd);
      touchAhead(block, visitEnd, end);
      for (let value = values; block < visitEnd; block += bytes) {
        sums = changetype<T>(block).add(sums, value);
        value += (<usize>columns >> 5) * Q8_BYTES;
      }
    }
    if (row >= from && row + GROUP <= to) v128.store(out + ((<usize>row) << 2), sums);
    else storeRows(out, sums, max(row, from), min(row + GROUP, to));
  }
}

/** Writes those sums of a group whose rows are within `from` and `to`, of the same group. */
export function storeRows(out: usize, sums: v128, from: u32, to: u32): void {
  for (let row = from; row < to; row++) {
    const at = out + ((<usize>row) << 2);
    switch (row % GROUP) {
      case 0:
        v128.store32_lane(at, sums, 0);
        break;
      case 1:
        v128.store32_lane(at, sums, 1);
        break;
      case 2:
        v128.store32_lane(at, sums, 2);
        break;
      default:
        v128.store32_lane(at, sums, 3);
    }
  }
}
