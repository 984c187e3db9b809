import { join } from "node:path";
import { homeFolder } from "../../../files/folders.js";

/** A word: quoted, or with backslashes before the spaces in it. */
const WORD = /^(?:"([^"]*)"|'([^']*)'|((?:\\.|[^\s\\])+))\s*/s;

/** A path as a person writes it: in quotes or with escaped spaces, and with `~` for the home folder. */
export function pathOf(argument: string): string {
  const [path, rest] = splitPath(argument);
  // Spaces between other words belong to the name as well: nothing can stand behind it.
  return rest === "" ? path : fromHome(argument.trim());
}

/** The path that an argument begins with, and what stands behind it. */
export function splitPath(argument: string): [path: string, rest: string] {
  const text = argument.trim();
  const [whole = "", double, single, bare] = WORD.exec(text) ?? [];
  // A backslash divides folders on Windows.
  const plain = process.platform === "win32" ? bare : bare?.replace(/\\(.)/gs, "$1");
  return [double ?? single ?? fromHome(plain ?? text), text.slice(whole.length)];
}

/** A path as {@link splitPath} reads it. */
export function quotedPath(path: string): string {
  return /[\s"'\\]/.test(path) && process.platform !== "win32" ? path.replace(/[\s"'\\]/g, "\\$&") : path;
}

export function fromHome(path: string): string {
  return path === "~" || path.startsWith("~/") ? join(homeFolder(), path.slice(1)) : path;
}
