import stringWidth from "string-width";
import { wrapped } from "./word-wrap.js";

/** What stands on the left, as a name, and what is said about it on the right. */
export type ColumnRow = readonly [left: string, right: string];

/** Columns before either side. */
const INDENT = 2;
/** A left side that is wider stands on a line of its own. */
const MAX_LEFT = 34;
/** Where the right side would have less than this, it stands below the left. */
const MIN_RIGHT = 24;

/**
 * Rows in two columns that fit a width, broken between words: side by side where there is room, one below the other in
 * a narrow terminal.
 */
export function inColumns(rows: readonly ColumnRow[], width: number): string[] {
  const widths = rows.map(([left]) => stringWidth(left)).filter((leftWidth) => leftWidth <= MAX_LEFT);
  const start = INDENT + Math.max(0, ...widths) + INDENT;
  if (width - start < MIN_RIGHT) return rows.flatMap((row) => stacked(row, width));
  return rows.flatMap(([left, right]) => {
    const lines = wrapped(right, width - start).split("\n");
    const space = start - INDENT - stringWidth(left);
    const first = `${" ".repeat(INDENT)}${left}`;
    const below = (rest: readonly string[]) => rest.map((line) => (line === "" ? "" : " ".repeat(start) + line));
    if (space < INDENT) return [...hanging(left, width, INDENT), ...below(lines)];
    return [`${first}${" ".repeat(space)}${lines[0]}`.trimEnd(), ...below(lines.slice(1))];
  });
}

function stacked([left, right]: ColumnRow, width: number): string[] {
  return [...hanging(left, width, INDENT), ...hanging(right, width, 2 * INDENT)];
}

function hanging(text: string, width: number, indent: number): string[] {
  if (text === "") return [];
  return wrapped(text, Math.max(1, width - indent))
    .split("\n")
    .map((line) => " ".repeat(indent) + line);
}
