/** Aborted by the first Ctrl-C or SIGTERM; the second ends the process. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  process.once("SIGINT", () => {
    console.error("Stopping after this step; the same command goes on from there.");
    stop.abort();
  });
  process.once("SIGTERM", () => stop.abort());
  return stop.signal;
}
