import { mkdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname } from "node:path";
import { LlamaError } from "../errors.js";
import { codeOf } from "./failure.js";

/**
 * The person's home folder.
 * @param find how the system says it
 * @throws LlamaError `not-found` where the system knows none, as for a user without an entry in its list
 */
export function homeFolder(find: () => string = homedir): string {
  let cause: unknown;
  try {
    const home = find();
    if (home !== "") return home;
  } catch (error) {
    cause = error;
  }
  throw new LlamaError("not-found", "Your home folder is not known; set HOME.", { cause });
}

/**
 * Makes a folder, and those above it that are missing. Node's own way to do so never returns where the system says of
 * a folder that it is missing although the one above it is there, as /proc does.
 * @throws the system's error
 */
export function makeFolder(path: string, mode: number): void {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent, mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
}
