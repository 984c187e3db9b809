import { readlinkSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { LlamaError } from "../errors.js";
import { codeOf, shownPath, writeFailure } from "./failure.js";

/** As many as Linux follows. */
const MAX_LINKS = 40;

/** What may be done to a file that is to be written. */
export interface WriteOptions {
  /** Whether a file that is there already is replaced; by default that is an error. */
  readonly force?: boolean | undefined;
  /** Permissions of the file; by default those of the file that is replaced, or 0o666 less the umask. */
  readonly mode?: number | undefined;
  /** Files that are read for it, none of which may be replaced. */
  readonly inputs?: readonly string[] | undefined;
}

/** Where a file will be written. */
export interface Destination {
  /** The path with its symbolic links followed, so that a link stays and what it points to is written. */
  readonly path: string;
  /** The permissions that were asked for, or those of the file that is replaced. */
  readonly mode: number | undefined;
}

/**
 * Looks at the place where a file is to be written, before anything is.
 * @throws LlamaError `exists` where a file is there and may not be replaced; `option` where it is one of the inputs;
 *   `unwritable` for folders, devices and FIFOs, and for a folder that is not there
 */
export function findDestination(path: string, { force = false, mode, inputs = [] }: WriteOptions): Destination {
  const shown = shownPath(path);
  const target = writing(path, () => followLinks(path));
  const found = writing(path, () => statSync(target, { throwIfNoEntry: false }));
  if (found === undefined) return { path: target, mode };
  if (!found.isFile()) throw new LlamaError("unwritable", `${shown} is ${kindOf(found)}; give the path of a file.`);
  if (inputs.some((input) => isSameFile(input, target))) {
    throw new LlamaError("option", `${shown} is the input as well; write to another file, so that the original stays.`);
  }
  if (!force) {
    throw new LlamaError("exists", `${shown} already exists; choose another file, or use force to replace it.`);
  }
  return { path: target, mode: mode ?? found.mode & 0o7777 };
}

/** Whether two paths lead to one file, be it by links or under two names. */
export function isSameFile(a: string, b: string): boolean {
  const [first, second] = [a, b].map((path) => {
    try {
      return statSync(path, { bigint: true });
    } catch {
      return undefined; // what is not there, or not to be seen, is no file that could be replaced by mistake
    }
  });
  return first !== undefined && second !== undefined && first.ino === second.ino && first.dev === second.dev;
}

/** What stands under a path that is not a regular file, with its article. */
export function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return "a directory";
  if (stats.isFIFO()) return "a pipe";
  if (stats.isSocket()) return "a socket";
  return stats.isCharacterDevice() || stats.isBlockDevice() ? "a device" : "not a regular file";
}

/** The path of a file that need not be there: its folder is, and its last part is not a symbolic link. */
function followLinks(path: string): string {
  let at = resolve(path);
  for (let links = 0; links <= MAX_LINKS; links++) {
    const folder = realFolder(dirname(at));
    at = join(folder, basename(at));
    const link = linkAt(at);
    if (link === undefined) return at;
    at = resolve(folder, link);
  }
  throw new LlamaError(
    "unwritable",
    `${shownPath(path)} is a symbolic link that leads back to itself; name another file.`,
  );
}

function realFolder(folder: string): string {
  try {
    const real = realpathSync(folder);
    if (statSync(real).isDirectory()) return real;
  } catch (error) {
    const code = codeOf(error);
    if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
  }
  throw new LlamaError("unwritable", `There is no folder ${shownPath(folder)}.`);
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    // EINVAL: it is there and not a link. Windows has UNKNOWN for that as well.
    const code = codeOf(error);
    if (code === "ENOENT" || code === "EINVAL" || code === "UNKNOWN") return undefined;
    throw error;
  }
}

/** Runs an operation on a file that is to be written and says its failure in a sentence. */
export function writing<T>(path: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw writeFailure(path, error);
  }
}
