import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { LlamaError } from "../errors.js";
import { kindOf } from "./destination.js";
import { reading, shownPath } from "./failure.js";

/** A FIFO that took the place of a file would have `open` wait for a writer. Windows has neither. */
const READ_ONLY = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** An open regular file of known size. */
export class FileSource {
  readonly path: string;
  /** Bytes, taken once when the file was opened. */
  readonly size: number;
  readonly #fd: number;
  #closed = false;

  /**
   * @param what the file should be, for the sentence that says it is not: "a GGUF file"
   * @throws LlamaError `not-found`, `unreadable`
   */
  constructor(path: string, what: string) {
    this.path = path;
    // Before opening, which has effects on some devices; and after it, for it may be another file by then.
    refuseUnlessFile(
      path,
      reading(path, () => statSync(path)),
      what,
    );
    this.#fd = reading(path, () => openSync(path, READ_ONLY));
    try {
      const stats = reading(path, () => fstatSync(this.#fd));
      refuseUnlessFile(path, stats, what);
      this.size = stats.size;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Reads up to `target.length` bytes at `position`; returns how many, fewer only at the end of the file.
   * @throws LlamaError `unreadable`
   */
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

function refuseUnlessFile(path: string, stats: Stats, what: string): void {
  if (stats.isFile()) return;
  throw new LlamaError("unreadable", `${shownPath(path)} is ${kindOf(stats)}; give the path of ${what}.`);
}
