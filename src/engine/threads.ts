import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { MemoryNeed } from "./plan/need.js";

/**
 * A worker must have this many bytes of weights to read a layer, or waiting for the others costs more than its part of
 * the work saves. Barriers alone would allow a quarter of it (bench/threads.ts), but the main thread, which samples between
 * two tokens, wants a core as well: on two cores `generate` with 320 KiB a layer is 1.5 times as fast with one worker.
 */
const MIN_BYTES_A_LAYER = 256 << 10;

/** How many workers to start by default: the physical cores that this process may use, fewer for small models. */
export function defaultWorkers(need: MemoryNeed, layers: number): number {
  const worthwhile = Math.max(1, Math.floor(need.weights / layers / MIN_BYTES_A_LAYER));
  return Math.min(physicalCores(), worthwhile);
}

/**
 * Hyper-threads share the vector units that the kernels keep busy, so only cores count. Where the system does
 * not tell, every hardware thread is taken for a core.
 */
function physicalCores(): number {
  const threads = availableParallelism();
  const siblings = threadsPerCore();
  return Math.max(1, Math.floor(threads / siblings));
}

function threadsPerCore(): number {
  try {
    const list = readFileSync("/sys/devices/system/cpu/cpu0/topology/thread_siblings_list", "utf8");
    return listLength(list.trim());
  } catch {
    return 1;
  }
}

/** The length of a list like "0,64" or "0-1". */
function listLength(list: string): number {
  let count = 0;
  for (const part of list.split(",")) {
    const [first = 0, last = first] = part.split("-").map(Number);
    count += last - first + 1;
  }
  return Number.isSafeInteger(count) && count > 0 ? count : 1;
}
