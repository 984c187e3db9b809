import { appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { LlamaError, printable } from "../../../errors.js";
import { AtomicFile } from "../../../files/atomic-file.js";
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
 */
export function historyPath(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  const given = env["LLAMA2_HISTORY"];
  if (given === "0" || given === "off") return undefined;
  if (given !== undefined && given !== "") return given;
  const local = platform === "win32" ? env["LOCALAPPDATA"] : env["XDG_STATE_HOME"];
  return join(local || join(homedir(), ".local", "state"), "llama2", "history");
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
      mkdirSync(dirname(this.#path), { recursive: true, mode: FOLDER_MODE });
      appendFileSync(this.#path, `${lineOf(text)}\n`, { mode: FILE_MODE });
    } catch (cause) {
      throw failed("unwritable", this.#path, "written", cause);
    }
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
    fd = openSync(path, "r");
    const { size } = fstatSync(fd);
    const bytes = Buffer.alloc(Math.min(size, MAX_BYTES));
    const read = readSync(fd, bytes, 0, bytes.length, size - bytes.length);
    const lines = bytes.toString("utf8", 0, read).split("\n");
    const isWhole = size === bytes.length;
    // The first line of a part is a part as well.
    return { lines: (isWhole ? lines : lines.slice(1)).filter((line) => line !== ""), isWhole };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return { lines: [], isWhole: true };
    throw failed("unreadable", path, "read", cause);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function rewrite(path: string, lines: readonly string[]): void {
  const file = new AtomicFile(path, FILE_MODE);
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

function failed(code: "unreadable" | "unwritable", path: string, verb: string, cause: unknown): LlamaError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new LlamaError(
    code,
    `The history ${printable(path, 256)} cannot be ${verb}: ${printable(reason, 300)}; name another with LLAMA2_HISTORY, or use --no-history.`,
    { cause },
  );
}
