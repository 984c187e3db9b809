import { platform } from "../platform/current.js";
import type { MemoryNeed } from "./plan/need.js";

/**
 * A worker must have this many bytes of weights to read a layer, or waiting for the others costs more than its part of
 * the work saves. Barriers alone would allow a quarter of it (bench/threads.ts), but the main thread, which samples
 * between two tokens, wants a core as well: on two cores `generate` with 320 KiB a layer is 1.5 times as fast with one
 * worker.
 */
const MIN_BYTES_A_LAYER = 256 << 10;

/** How many workers to start by default: the physical cores that this process may use, fewer for small models. */
export function defaultWorkers(need: MemoryNeed, layers: number): number {
  const worthwhile = Math.max(1, Math.floor(need.weights / layers / MIN_BYTES_A_LAYER));
  return Math.min(platform.physicalCores(), worthwhile);
}
