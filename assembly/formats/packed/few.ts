import { Q8_BYTES, q8RowBytes } from "../../activations/q8";
import { touchAhead } from "../../threads/touch";
import { GROUP } from "./interleave";
import { addSuperBlock, storeGroup, VISIT } from "./matvec";
import { SUM_BYTES } from "./tile";

/**
 * Products of packed weights with few tokens, as matvec.ts has them with one: weights pass by in the order of memory,
 * touched ahead, and what the nearest cache has of them meets two tokens at a time before it goes on.
 *
 * T is a class as in matvec.ts, that has besides
 *
 * - addTwo(sums, x, y)   `add` for two tokens, whose activations are at x and y; sums (2, 8 rows)
 * - few()                the most tokens for which this is faster than to unpack weights into panels, as tile.ts does:
 *                        by measurement, and the same with weights from memory as from the cache
 */

/** As matmulAny (matmul.ts), for up to `few()` tokens. */
export function matmulFew<T>(
  w: usize,
  x: usize,
  out: usize,
  from: u32,
  to: u32,
  n: u32,
  tokens: u32,
  outStride: u32,
  sums: usize,
): void {
  const columns = changetype<T>(0).columns();
  const bytes = changetype<T>(0).bytes();
  const groupBytes = <usize>(n / columns) * bytes;
  const visit = max(VISIT, columns);
  const visitBytes = <usize>(visit / columns) * bytes;
  const visitActivations = (<usize>visit >> 5) * Q8_BYTES;
  const step = (<usize>columns >> 5) * Q8_BYTES;
  const rowBytes = <usize>q8RowBytes(n);
  const end = w + <usize>((to + GROUP - 1) / GROUP) * groupBytes;
  let start = w + <usize>(from / GROUP) * groupBytes;
  for (let row = from - (from % GROUP); row < to; row += GROUP) {
    const groupEnd = start + groupBytes;
    memory.fill(sums, 0, <usize>tokens * SUM_BYTES);
    for (let values = x; start < groupEnd; start += visitBytes, values += visitActivations) {
      const visitEnd = min(start + visitBytes, groupEnd);
      touchAhead(start, visitEnd, end);
      let sum = sums;
      let value = values;
      for (let left = tokens; left > 1; left -= 2, sum += 2 * SUM_BYTES, value += 2 * rowBytes) {
        let at = value;
        for (let block = start; block < visitEnd; block += bytes, at += step) {
          changetype<T>(block).addTwo(sum, at, at + rowBytes);
        }
      }
      if ((tokens & 1) === 0) continue;
      for (let block = start; block < visitEnd; block += bytes, value += step) {
        if (columns > 32) addSuperBlock<T>(block, sum, value);
        else changetype<T>(block).add(sum, value);
      }
    }
    start = groupEnd;
    let target = out;
    for (let sum = sums; sum < sums + <usize>tokens * SUM_BYTES; sum += SUM_BYTES, target += outStride) {
      storeGroup(target, sum, row, from, to);
    }
  }
}
