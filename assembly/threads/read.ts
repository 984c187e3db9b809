/**
 * Reads `streams` stretches of memory of `bytes` each, a multiple of 64, that lie one behind the other, side by side:
 * one cache line of each in turn. It does nothing else, so it takes as long as memory takes; several streams keep more
 * DRAM pages open than one. Returns a sum of all that it read, so that no compiler can leave the reading out.
 */
export function read_streams(from: usize, streams: usize, bytes: usize): i32 {
  let a = i32x4.splat(0);
  let b = i32x4.splat(0);
  const end = from + streams * bytes;
  for (let line: usize = 0; line < bytes; line += 64) {
    for (let at = from + line; at < end; at += bytes) {
      a = i32x4.add(a, v128.load(at));
      b = i32x4.add(b, v128.load(at, 16));
      a = i32x4.add(a, v128.load(at, 32));
      b = i32x4.add(b, v128.load(at, 48));
    }
  }
  const sum = i32x4.add(a, b);
  return (
    i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3)
  );
}
