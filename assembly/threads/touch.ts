/**
 * WebAssembly has no prefetch, and a core that computes between its loads has few of them under way: from DRAM, the
 * products alone got a fifth of what the bus gives. So a byte of every cache line is loaded before its use, many lines
 * in a row, only to have them in the cache. SPEED.md has the measurements.
 */

/**
 * A little further than what is used next: the processor's own prefetching follows such bursts, and goes before them.
 */
const AHEAD: usize = 64;
const LINE: usize = 64;

/** A sum of all that was loaded, so that no compiler can leave it out. */
let sum: u32 = 0;

/** Brings the bytes from `from` to `to` into the cache. */
export function touch(from: usize, to: usize): void {
  let touched = sum;
  for (let at = from; at < to; at += LINE) touched += load<u8>(at);
  sum = touched;
}

/**
 * To be called before the bytes from `from` to `to` of a stream are used, and so for one stretch after the other:
 * brings as many bytes into the cache that come a little later. Nothing from `end` on is loaded.
 */
export function touchAhead(from: usize, to: usize, end: usize): void {
  touch(from + AHEAD, min(to + AHEAD, end));
}
