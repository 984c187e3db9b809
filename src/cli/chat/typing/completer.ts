import { readdirSync } from "node:fs";
import { COMMANDS, findCommand } from "../commands.js";
import type { Setting } from "../settings.js";
import { fromHome, quotedPath, splitPath } from "./file-argument.js";

/** What Tab offers: whole words, and the end of the line that they take the place of. */
export type Completions = [words: string[], replaced: string];

/** What may stand at the end of a line: commands, and behind them files, settings and their values. */
export function complete(line: string, settings: readonly Setting[]): Completions {
  const [, name, space, argument = ""] = /^\/(\S*)(\s*)(.*)$/s.exec(line) ?? [];
  if (name === undefined) return [[], line];
  if (space === "") return [commandNames().filter((word) => word.startsWith(line)), line];
  const { completion } = findCommand(name) ?? {};
  if (completion === "files") return completePath(argument);
  if (completion === "settings") return completeSetting(argument, settings);
  if (completion === "commands")
    return beginningWith(
      argument,
      COMMANDS.map(({ names: [first = ""] }) => first),
    );
  return beginningWith(argument, completion ?? []);
}

function commandNames(): string[] {
  return COMMANDS.flatMap(({ names, argument }) => names.map((name) => `/${name}${argument === undefined ? "" : " "}`));
}

function completeSetting(argument: string, settings: readonly Setting[]): Completions {
  const [, name = "", space, value = ""] = /^(\S*)(\s*)(.*)$/s.exec(argument) ?? [];
  if (space !== "") return beginningWith(value, settings.find(({ names }) => names.includes(name))?.choices ?? []);
  return beginningWith(
    name,
    settings.map(({ names: [first = ""] }) => `${first} `),
  );
}

/** Files and folders in the folder that the path names so far; hidden ones where their dot was typed. */
function completePath(argument: string): Completions {
  if (argument !== "" && splitPath(`${argument}x`)[1] !== "") return [[], argument];
  const [path] = argument === "" ? [""] : splitPath(argument);
  const typedFolder = argument.slice(0, argument.lastIndexOf("/") + 1);
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const begun = path.slice(folder.length);
  const words = entriesOf(folder)
    .filter(isHarmless)
    .filter((name) => name.startsWith(begun) && (begun.startsWith(".") || !name.startsWith(".")))
    .map((name) => typedFolder + quotedPath(name));
  return [words, argument];
}

/** Whether a name can be shown: it may have been made to speak to the terminal. */
function isHarmless(name: string): boolean {
  return !/[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u.test(name);
}

/** The names in a folder, of folders with a slash; none where it cannot be read. */
function entriesOf(folder: string): string[] {
  try {
    const entries = readdirSync(folder === "" ? "." : fromHome(folder), { withFileTypes: true });
    return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort();
  } catch {
    return [];
  }
}

function beginningWith(begun: string, words: readonly string[]): Completions {
  return [words.filter((word) => word.startsWith(begun)), begun];
}
