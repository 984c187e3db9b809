import { readdirSync } from "node:fs";
import { collectGarbage } from "#dist/platform/node/collect-garbage.js";

/** What a process takes once garbage was collected. */
export interface Taken {
  readonly residentMiB: number;
  readonly heapMiB: number;
  /** Open files; undefined where the system does not list them. */
  readonly files: number | undefined;
}

export function taken(): Taken {
  collectGarbage();
  const { rss, heapUsed } = process.memoryUsage();
  return { residentMiB: Math.round(rss / 2 ** 20), heapMiB: Math.round(heapUsed / 2 ** 20), files: openFiles() };
}

function openFiles(): number | undefined {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return undefined;
  }
}
