import { Q8_BYTES } from "../quantize";
import { GROUP } from "./interleave";

/**
 * Products of packed weights with one token. The lanes of every vector are the four rows of a group. T is a class as in
 * interleave.ts, that has besides
 *
 * - add(sums, x)   sums (4 rows,) f32 + the block's products with the activations at x
 *
 * Out of the cache one core reads fastest when it reads several places at once: a machine's prefetcher follows a
 * handful of streams, and each brings only so much. So the groups are dealt out to streams, of which each is visited
 * for half a kilobyte or so before the next. The sums wait in `out` meanwhile. SPEED.md has the measurements.
 */
const STREAMS: u32 = 4;
/** Columns of a visit. */
const VISIT: u32 = 512;

/** W (rows, n) packed, x (n,) q8: out[from..to) = W[from..to) @ x; out (rows,) f32 */
export function matvecPacked<T>(w: usize, x: usize, out: usize, from: u32, to: u32, n: u32): void {
  const groupBytes = <usize>(n / changetype<T>(0).columns()) * changetype<T>(0).bytes();
  // Whole groups, and before and behind them the rows of groups that are shared with other calls.
  const first = (from + GROUP - 1) / GROUP;
  const last = to / GROUP;
  if (from % GROUP !== 0) {
    const shared = w + <usize>(from / GROUP) * groupBytes;
    storeRows(out, addBlocks<T>(f32x4.splat(0), shared, shared + groupBytes, x), from, min(to, first * GROUP));
  }
  if (first < last) {
    const start = w + <usize>first * groupBytes;
    const target = out + ((<usize>first) << 4);
    const each = (last - first) / STREAMS;
    const dealt = each * STREAMS;
    sideBySide<T>(start, x, target, STREAMS, each, n);
    sideBySide<T>(start + <usize>dealt * groupBytes, x, target + ((<usize>dealt) << 4), last - first - dealt, 1, n);
  }
  if (to % GROUP !== 0 && last >= first) {
    const shared = w + <usize>last * groupBytes;
    storeRows(out, addBlocks<T>(f32x4.splat(0), shared, shared + groupBytes, x), max(from, last * GROUP), to);
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

/** sums + the products of the blocks from `block` to `end` */
function addBlocks<T>(sums: v128, block: usize, end: usize, x: usize): v128 {
  for (; block < end; block += changetype<T>(0).bytes()) {
    sums = changetype<T>(block).add(sums, x);
    x += activationBytes<T>();
  }
  return sums;
}

/** Bytes of the activations that one block meets. */
function activationBytes<T>(): usize {
  return (<usize>changetype<T>(0).columns() >> 5) * Q8_BYTES;
}

/** The products of `streams` runs of `each` groups, one behind the other in memory. */
function sideBySide<T>(w: usize, x: usize, out: usize, streams: u32, each: u32, n: u32): void {
  const columns = changetype<T>(0).columns();
  const bytes = changetype<T>(0).bytes();
  const groupBytes = <usize>(n / columns) * bytes;
  const toNext = <usize>each * groupBytes;
  const visitBytes = <usize>(VISIT / columns) * bytes;
  for (let group: u32 = 0; group < each; group++, out += 16, w += groupBytes) {
    let target = out;
    for (let stream: u32 = 0; stream < streams; stream++) {
      v128.store(target, f32x4.splat(0));
      target += (<usize>each) << 4;
    }
    let values = x;
    for (let visited: usize = 0; visited < groupBytes; visited += visitBytes) {
      const length = min(visitBytes, groupBytes - visited);
      let at = w + visited;
      target = out;
      for (let stream: u32 = 0; stream < streams; stream++) {
        v128.store(target, addBlocks<T>(v128.load(target), at, at + length, values));
        target += (<usize>each) << 4;
        at += toNext;
      }
      values += (<usize>VISIT >> 5) * Q8_BYTES;
    }
  }
}
