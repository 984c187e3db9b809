/**
 * Meeting points of the worker threads, on words of shared memory. The protocol in words stands in
 * src/engine/protocol.ts.
 */

/**
 * How often a word is read before the thread goes to sleep. Waking a sleeper costs tens of microseconds, more than
 * a small model's whole step: sleeping is for workers that have lost their core, not for waiting at a barrier.
 */
const BARRIER_SPINS: u32 = 100000;
/** Between jobs the main thread samples and prints, and may need the core. */
const JOB_SPINS: u32 = 50000;

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
    waitWhile(words + 4, generation, words + 8, BARRIER_SPINS);
  }
}

/**
 * Returns the number of the next job, the u32 at `word`, once it differs from `seen`; `sleepers` is a u32 beside it.
 */
export function nextJob(word: usize, seen: u32, sleepers: usize): u32 {
  return waitWhile(word, seen, sleepers, JOB_SPINS);
}

/** Returns the value of the u32 at `word` once it differs from `seen`; `sleepers` counts the threads asleep on it. */
function waitWhile(word: usize, seen: u32, sleepers: usize, spins: u32): u32 {
  for (let i: u32 = 0; i < spins; i++) {
    const value = atomic.load<u32>(word);
    if (value !== seen) return value;
  }
  atomic.add<u32>(sleepers, 1);
  while (atomic.load<u32>(word) === seen) atomic.wait<u32>(word, seen, -1);
  atomic.sub<u32>(sleepers, 1);
  return atomic.load<u32>(word);
}
