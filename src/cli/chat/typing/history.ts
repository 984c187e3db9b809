import { appendFileSync, chmodSync, closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { LlamaError } from "../../../errors.js";
import { AtomicFile } from "../../../files/atomic-file.js";
import { codeOf, readFailure, shownPath, writeFailure } from "../../../files/failure.js";
import { homeFolder, makeFolder } from "../../../files/folders.js";
import { withoutControls } from "../../show/plain-text.js";

/** Entries that are kept. */
const MAX_ENTRIES = 1000;
/** A longer message is not worth keeping. */
const MAX_LENGTH = 16_384;
/** What is read of a file, from its end. */
const MAX_BYTES = 4 << 20;
/** Files and their folder are for the owner alone. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/**
 * Where the history is kept: the environment's `LLAMA2_HISTORY`, where 0 is nowhere, or else the place that the
 * system has for such files.
 * @throws LlamaError `not-found` where the home folder is not known
 */
export function historyPath(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
  home: () => string = homeFolder,
): string | undefined {
  const given = env["LLAMA2_HISTORY"];
  if (given === "0" || given === "off") return undefined;
  if (given !== undefined && given !== "") return given;
  const local = platform === "win32" ? env["LOCALAPPDATA"] : env["XDG_STATE_HOME"];
  return join(local || join(home(), ".local", "state"), "llama2", "history");
}

/**
 * What was typed, over all runs: a line an entry, `\n` for a line break in it and `\\` for a backslash. Entries are
 * appended, so several chats may write to one file.
 */
export class History {
  /** The oldest first. */
  readonly entries: string[];
  readonly #path: string | undefined;

  /**
   * The history in a file, which need not be there yet; one that has grown too long is cut.
   * @param path none for a history that ends with the process
   * @param isRead whether to begin with what is in the file
   * @throws LlamaError `unreadable`, `unwritable`
   */
  constructor(path: string | undefined, isRead: boolean) {
    this.#path = path;
    this.entries = path !== undefined && isRead ? readEntries(path) : [];
  }

  /**
   * @param isKept whether the next run shall know of it
   * @throws LlamaError `unwritable`, after which the entry is in memory all the same
   */
  add(text: string, isKept: boolean): void {
    if (text.trim() === "" || text.length > MAX_LENGTH || text === this.entries.at(-1)) return;
    this.entries.push(text);
    if (this.#path === undefined || !isKept) return;
    try {
      makeFolder(dirname(this.#path), FOLDER_MODE);
      keepPrivate(this.#path);
      appendFileSync(this.#path, `${lineOf(text)}\n`, { mode: FILE_MODE });
    } catch (error) {
      throw unkept(writeFailure(this.#path, error));
    }
  }
}

/** A file that was there before may be open to others: a mode given with a write counts for new files alone. */
function keepPrivate(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile() !== true || (found.mode & 0o777 & ~FILE_MODE) === 0) return;
  try {
    chmodSync(path, FILE_MODE);
  } catch (error) {
    // Somebody else's file, which its owner shares, or a file system without modes.
    if (codeOf(error) !== "EPERM" && codeOf(error) !== "ENOTSUP") throw error;
  }
}

function readEntries(path: string): string[] {
  const { lines, isWhole } = readLines(path);
  const kept = lines.slice(-MAX_ENTRIES);
  if (!isWhole || lines.length > 2 * MAX_ENTRIES) rewrite(path, kept);
  return kept.map(entryOf);
}

function readLines(path: string): { lines: string[]; isWhole: boolean } {
  let fd: number | undefined;
  try {
    // Looked at before opening: opening a FIFO waits for its other end.
    if (!statSync(path).isFile()) throw new LlamaError("unreadable", `${shownPath(path)} is not a regular file.`);
    fd = openSync(path, "r");
    const { size } = fstatSync(fd);
    const bytes = Buffer.alloc(Math.min(size, MAX_BYTES));
    const read = readSync(fd, bytes, 0, bytes.length, size - bytes.length);
    const lines = bytes.toString("utf8", 0, read).split("\n");
    const isWhole = size === bytes.length;
    // The first line of a part is a part as well.
    return { lines: (isWhole ? lines : lines.slice(1)).filter((line) => line !== ""), isWhole };
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return { lines: [], isWhole: true };
    throw unkept(readFailure(path, cause));
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function rewrite(path: string, lines: readonly string[]): void {
  const file = new AtomicFile(path, { mode: FILE_MODE, force: true });
  try {
    file.write(Buffer.from(`${lines.join("\n")}\n`));
    file.commit();
  } finally {
    file.discard();
  }
}

function lineOf(text: string): string {
  return withoutControls(text).replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function entryOf(line: string): string {
  return withoutControls(line.replace(/\\([\\n])/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped)));
}

function unkept(error: LlamaError): LlamaError {
  const message = `The history is not kept: ${error.message} Name another file with LLAMA2_HISTORY, or use --no-history.`;
  return new LlamaError(error.code, message, { cause: error });
}
