import { LlamaError, printable } from "../errors.js";
import { writeFailure } from "../files/failure.js";
import { makeFolder } from "../files/folders.js";

export function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code;
}

/** A failed write in a sentence; a full disk has one of its own. */
export function unwritable(path: string, error: unknown): LlamaError {
  if (error instanceof LlamaError) return error;
  const shown = printable(path, 256);
  if (isSystemError(error, "ENOSPC") || isSystemError(error, "EDQUOT")) {
    return new LlamaError(
      "unwritable",
      `The disk is full at ${shown}; what has arrived is kept, so make room and run the same command again to resume.`,
      { cause: error },
    );
  }
  return writeFailure(path, error);
}

/** Makes a folder, and those above it that are missing. @throws LlamaError `unwritable` */
export function makeFolders(path: string): void {
  try {
    makeFolder(path, 0o777);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** Bytes for a person: `4.1 GB`, in the decimal units that the hub shows. */
export function shownBytes(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}
