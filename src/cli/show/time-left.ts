/** A guess from less than this is worth nothing. */
const MIN_ELAPSED_MS = 1000;
const MIN_DONE = 0.005;

/** How long the rest takes if it goes on as it went; undefined where it is too early to say. */
export function secondsLeft(done: number, elapsedMs: number): number | undefined {
  if (elapsedMs < MIN_ELAPSED_MS || done < MIN_DONE) return undefined;
  return (elapsedMs * (1 - done)) / done / 1000;
}
