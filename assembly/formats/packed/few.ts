import { Q8_BYTES, q8RowBytes } from "../../activations/q8";
import { touchAhead } from "../../threads/touch";
import { GROUP } from "./interleave";
import { storeGroup, VISIT } from "./matvec";
import { SUM_BYTES } from "./tile";

/**
 * Products of packed weights with two or three tokens, as matvec.ts has them with one: weights pass by in the order of
 * memory, touched ahead, and what the nearest cache has of them meets two tokens at a time before it goes on. To unpack
 * weights into panels, as tile.ts does, pays from four tokens on.
 *
 * T is a class as in matvec.ts, that has besides
 *
 * - addTwo(sums, x, y)   `add` for two tokens, whose activations are at x and y; sums (2, 8 rows)
 */
export const FEW: u32 = 3;

/** As matmulAny (matmul.ts), for up to {@link FEW} tokens. */
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
      let value = values;
      if (tokens > 1) {
        for (let block = start; block < visitEnd; block += bytes, value += step) {
          changetype<T>(block).addTwo(sums, value, value + rowBytes);
        }
      }
      if (tokens === 2) continue;
      const last = tokens - 1;
      value = values + <usize>last * rowBytes;
      for (let block = start; block < visitEnd; block += bytes, value += step) {
        changetype<T>(block).add(sums + <usize>last * SUM_BYTES, value);
      }
    }
    start = groupEnd;
    let target = out;
    for (let sum = sums; sum < sums + <usize>tokens * SUM_BYTES; sum += SUM_BYTES, target += outStride) {
      storeGroup(target, sum, row, from, to);
    }
  }
}
