import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { LlamaError, printable } from "../errors.js";

/**
 * A file that appears under its path only when it is whole: until `commit` its bytes go to a temporary file beside it,
 * which `discard` removes.
 */
export class AtomicFile {
  readonly #path: string;
  readonly #temporary: string;
  #fd: number | undefined;
  #isCommitted = false;

  /**
   * @param mode permissions of the file, 0o666 less the umask by default
   * @throws LlamaError `unwritable`, as all its methods do
   */
  constructor(path: string, mode?: number) {
    this.#path = path;
    this.#temporary = `${path}.${randomUUID()}.tmp`;
    this.#fd = this.#writing(() => openSync(this.#temporary, "wx", mode));
  }

  write(bytes: Uint8Array): void {
    const fd = this.#opened();
    this.#writing(() => {
      for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done);
    });
  }

  commit(): void {
    const fd = this.#opened();
    this.#writing(() => {
      fsyncSync(fd);
      this.#close(); // Windows renames closed files only
      renameSync(this.#temporary, this.#path);
    });
    this.#isCommitted = true;
  }

  /** Does nothing after a commit. */
  discard(): void {
    this.#close();
    if (!this.#isCommitted) rmSync(this.#temporary, { force: true });
  }

  #opened(): number {
    if (this.#fd === undefined) throw new TypeError("the file is closed");
    return this.#fd;
  }

  #close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** Runs a file operation and says its failure in words. */
  #writing<T>(operation: () => T): T {
    try {
      return operation();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const shown = printable(this.#path, 256);
      throw new LlamaError("unwritable", `${shown} cannot be written: ${printable(reason, 300)}.`, { cause: error });
    }
  }
}
