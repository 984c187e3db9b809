import { readlinkSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { LlamaError, printable } from "../errors.js";

/** How a file may be written. */
export interface OutputOptions {
  /** Whether a file that is there is replaced. */
  readonly force: boolean;
  /** Files that are read while it is written. */
  readonly inputs?: readonly string[];
}

/**
 * The place of a file to write, looked at before any work is done: symbolic links are followed, and nothing but a
 * regular file is ever replaced.
 * @throws LlamaError `unwritable`, `option` where the file is there already or an input
 */
export function outputFile(path: string, { force, inputs = [] }: OutputOptions): string {
  const shown = printable(path, 256);
  const target = followed(path, shown);
  const found = statOf(target);
  if (found === undefined) return target;
  if (!found.isFile()) {
    throw new LlamaError("unwritable", `${shown} is ${kindOf(found)}; give the path of a file to write.`);
  }
  if (inputs.map(statOf).some((input) => input?.ino === found.ino && input.dev === found.dev)) {
    throw new LlamaError("option", "The output is the input; name another file, so that the original stays.");
  }
  if (!force) {
    throw new LlamaError("option", `${shown} already exists; choose another file, or overwrite it with --force.`);
  }
  return target;
}

const MAX_LINKS = 40;

/** The path without symbolic links, also where the file is not there yet. */
function followed(path: string, shown: string): string {
  let at = resolve(path);
  for (let links = 0; links < MAX_LINKS; links++) {
    at = join(realFolder(dirname(at)), basename(at));
    const link = linkAt(at);
    if (link === undefined) return at;
    at = resolve(dirname(at), link);
  }
  throw new LlamaError("unwritable", `${shown} is a symbolic link that leads to itself; name another file.`);
}

function realFolder(path: string): string {
  const shown = printable(path, 256);
  try {
    const real = realpathSync(path);
    if (statSync(real).isDirectory()) return real;
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const why = isMissing
      ? `There is no folder ${shown}.`
      : `The folder ${shown} cannot be used; check its permissions.`;
    throw new LlamaError("unwritable", why, { cause });
  }
  throw new LlamaError("unwritable", `${shown} is not a folder.`);
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // no link, or not there
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined; // what may not be looked at is refused when it is opened
  }
}

function kindOf(stat: Stats): string {
  if (stat.isDirectory()) return "a folder";
  if (stat.isFIFO()) return "a pipe";
  return stat.isSocket() ? "a socket" : "a device";
}
