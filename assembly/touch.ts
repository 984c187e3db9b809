/**
 * WebAssembly has no prefetch, and a core that computes between its loads has few of them under way: from DRAM, the
 * products alone got a third of what the bus gives. So a line of every 64 bytes is loaded ahead of its use, many in a
 * row, for nothing but to have it in the cache. SPEED.md has the measurements.
 */

/** Far enough that lines arrive in time, near enough that they are still in the nearest cache when they are used. */
const AHEAD: usize = 1024;
const LINE: usize = 64;

/** What was loaded, so that no compiler can leave it out. */
let sink: u32 = 0;

/**
 * Loads a word of every cache line from `touched` to a little beyond `next`, but not of what begins at `end`.
 * @returns where the next call has to begin
 */
export function touchAhead(next: usize, touched: usize, end: usize): usize {
  const to = min(next + AHEAD, end);
  let sum: u32 = 0;
  for (; touched < to; touched += LINE) sum += load<u8>(touched);
  sink = sum;
  return touched;
}
