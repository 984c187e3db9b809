import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { LlamaError, printable } from "../errors.js";

/** An open regular file of known size. */
export class FileSource {
  readonly path: string;
  /** Bytes, taken once when the file was opened. */
  readonly size: number;
  readonly #fd: number;
  #closed = false;

  /** @param wanted what the file should be, for the error of a path that is none */
  constructor(path: string, wanted = "a GGUF file") {
    this.path = path;
    // Looked at before opening, which may do something to a device, and again after: it may have been replaced.
    refuseUnlessFile(
      reading(path, () => statSync(path)),
      path,
      wanted,
    );
    this.#fd = reading(path, () => openSync(path, READ_AT_ONCE));
    try {
      const stat = reading(path, () => fstatSync(this.#fd));
      refuseUnlessFile(stat, path, wanted);
      this.size = stat.size;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Reads up to `target.length` bytes at `position`; returns how many, fewer only at the end of the file. */
  read(target: Uint8Array, position: number): number {
    let done = 0;
    while (done < target.length) {
      const count = reading(this.path, () => readSync(this.#fd, target, done, target.length - done, position + done));
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#fd);
  }
}

/** Opening a FIFO would wait for its writer otherwise. Windows has no such flag, and no such FIFOs. */
const READ_AT_ONCE = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

function refuseUnlessFile(stat: Stats, path: string, wanted: string): void {
  if (stat.isFile()) return;
  const kind = stat.isDirectory() ? "a directory" : "not a regular file";
  throw new LlamaError("unreadable", `${printable(path, 256)} is ${kind}; give the path of ${wanted}.`);
}

/** Runs a file operation and says its failure in words. */
function reading<T>(path: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const shown = printable(path, 256);
    if (code === "ENOENT" || code === "ENOTDIR") {
      throw new LlamaError("not-found", `There is no file ${shown}; check the path.`, { cause: error });
    }
    if (code === "EACCES" || code === "EPERM") {
      throw new LlamaError("unreadable", `${shown} may not be read; check its permissions.`, { cause: error });
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new LlamaError("unreadable", `${shown} cannot be read: ${reason}.`, { cause: error });
  }
}
