import { closeSync, fchmodSync, fsyncSync, linkSync, openSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { LlamaError } from "../errors.js";
import { type Destination, findDestination, kindOf, type WriteOptions, writing } from "./destination.js";
import { codeOf, shownPath } from "./failure.js";

/**
 * Characters of the file's own name in that of its temporary one: 4 bytes each at most, of 255 that a name may have.
 */
const MAX_NAME = 48;

/** Those whose temporary files lie on the disk. */
const unfinished = new Set<AtomicFile>();

/**
 * A file that appears under its path only when it is whole: until `commit` its bytes go to a temporary file beside it,
 * which `discard` removes. A file that was there stays as it is until then; a symbolic link stays a link.
 */
export class AtomicFile {
  readonly #path: string;
  readonly #destination: Destination;
  readonly #replaces: boolean;
  readonly #temporary: string;
  #fd: number | undefined;

  /**
   * @throws LlamaError `exists` where a file is there and `force` is not set, `option` where it is one of the inputs;
   *   `unwritable`, as all its methods do
   */
  constructor(path: string, options: WriteOptions = {}) {
    this.#path = path;
    this.#replaces = options.force === true;
    this.#destination = findDestination(path, options);
    const { path: target, mode } = this.#destination;
    const name = `${basename(target).slice(0, MAX_NAME)}.${Buffer.from(crypto.getRandomValues(new Uint8Array(6))).toString("hex")}.tmp`;
    this.#temporary = join(dirname(target), name);
    this.#writing(() => {
      this.#fd = openSync(this.#temporary, "wx", mode);
      unfinished.add(this);
      // What a umask took from the mode of a new file is not taken from that of a file that had it already.
      if (options.mode === undefined && mode !== undefined) fchmodSync(this.#fd, mode);
    });
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
      this.#replaces ? this.#replace() : this.#create();
    });
    unfinished.delete(this);
  }

  /** Removes what was written. Does nothing after a commit, and never throws. */
  discard(): void {
    if (!unfinished.has(this)) return;
    unfinished.delete(this);
    try {
      this.#close();
    } catch {
      // The file is removed all the same.
    }
    try {
      rmSync(this.#temporary, { force: true });
    } catch {
      // Its folder became unwritable: nothing that could be done about it, and the failed write has given the reason.
    }
  }

  /** Whatever came to stand there since the constructor looked is not a file to be replaced. */
  #replace(): void {
    const { path } = this.#destination;
    const found = statSync(path, { throwIfNoEntry: false });
    if (found !== undefined && !found.isFile()) {
      throw new LlamaError("unwritable", `${shownPath(this.#path)} is ${kindOf(found)} now; it was not replaced.`);
    }
    renameSync(this.#temporary, path);
  }

  /** A link fails where a file came to stand there since the constructor looked; renaming would replace it. */
  #create(): void {
    const { path } = this.#destination;
    try {
      linkSync(this.#temporary, path);
    } catch (error) {
      const isTaken = codeOf(error) === "EEXIST" || statSync(path, { throwIfNoEntry: false }) !== undefined;
      if (isTaken) throw new LlamaError("exists", `${shownPath(this.#path)} exists now; it was not replaced.`);
      renameSync(this.#temporary, path); // a file system without hard links
      return;
    }
    rmSync(this.#temporary, { force: true });
  }

  #opened(): number {
    if (this.#fd === undefined) throw new TypeError("the file is closed");
    return this.#fd;
  }

  #close(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) closeSync(fd);
  }

  /** Says failures in words, and leaves nothing behind then. */
  #writing(operation: () => void): void {
    try {
      writing(this.#path, operation);
    } catch (error) {
      this.discard();
      throw error;
    }
  }
}

/**
 * Removes the temporary files of everything that is being written. For a process that is about to end: synchronous,
 * and never throws. No module of the library listens to signals itself.
 */
export function discardUnfinishedFiles(): void {
  for (const file of [...unfinished]) file.discard();
}
