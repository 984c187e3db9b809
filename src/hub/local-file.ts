import { readdirSync, statSync, utimesSync } from "node:fs";

/** Bytes of a regular file, links followed; undefined where there is none. */
export function fileSize(path: string): number | undefined {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat?.isFile() ? stat.size : undefined;
  } catch {
    return undefined;
  }
}

/** Sorted; nothing where there is no such folder. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/**
 * File systems are often mounted so that reading leaves no trace; the time of last use is what the list of models
 * shows.
 */
export function markAsUsed(path: string): void {
  try {
    utimesSync(path, new Date(), statSync(path).mtime);
  } catch {
    // Another user's file: it serves all the same.
  }
}

export function lastUsed(path: string): Date {
  return statSync(path, { throwIfNoEntry: false })?.atime ?? new Date(0);
}
