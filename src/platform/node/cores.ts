import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** Where the system does not tell, every hardware thread is taken for a core. */
export function physicalCores(): number {
  return Math.max(1, Math.floor(availableParallelism() / threadsPerCore()));
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
