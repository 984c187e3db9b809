/**
 * Meeting points of the worker threads, on words of shared memory. The protocol in words stands in
 * src/engine/protocol.ts.
 */

/** How often a word is read before the thread goes to sleep: some microseconds, longer than a well-cut step's skew. */
const SPINS: u32 = 4000;

/**
 * Returns once `count` threads have called it. `words` points to three u32, all zero at first:
 * arrived, generation, sleepers.
 */
export function barrier(words: usize, count: u32): void {
  const generation = atomic.load<u32>(words, 4);
  if (atomic.add<u32>(words, 1) + 1 === count) {
    atomic.store<u32>(words, 0);
    atomic.store<u32>(words, generation + 1, 4);
    // Sleepers count themselves before they look at the generation once more, so none is missed.
    if (atomic.load<u32>(words, 8) !== 0) atomic.notify(words + 4, -1);
  } else {
    waitWhile(words + 4, generation, words + 8);
  }
}

/** Returns the value of the u32 at `word` once it differs from `seen`; `sleepers` counts the threads asleep on it. */
export function waitWhile(word: usize, seen: u32, sleepers: usize): u32 {
  for (let i: u32 = 0; i < SPINS; i++) {
    const value = atomic.load<u32>(word);
    if (value !== seen) return value;
  }
  atomic.add<u32>(sleepers, 1);
  while (atomic.load<u32>(word) === seen) atomic.wait<u32>(word, seen, -1);
  atomic.sub<u32>(sleepers, 1);
  return atomic.load<u32>(word);
}
