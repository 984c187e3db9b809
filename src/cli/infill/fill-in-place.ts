import { readFileSync } from "node:fs";
import { LlamaError } from "../../errors.js";
import { AtomicFile } from "../../files/atomic-file.js";
import { shownPath } from "../../files/failure.js";
import { readTextFile } from "../../files/text.js";
import { ask } from "../input/question.js";
import { withoutControls } from "../show/plain-text.js";
import type { Terminal } from "../terminal.js";
import { MAX_TEXT_BYTES } from "../text-input.js";
import type { Gap } from "./gap.js";

/** Lines that are shown around a change. */
const AROUND = 2;

/**
 * Writes what was filled in into the gap's file, whole or not at all; unless the person is sure, the change is shown
 * and asked for before.
 * @throws LlamaError `option` where nobody is there to answer, or the file has changed meanwhile; `unwritable`
 */
export async function fillInPlace(
  terminal: Terminal,
  gap: Gap,
  text: string,
  isSure: boolean,
  signal: AbortSignal,
): Promise<void> {
  const path = gap.path as string;
  if (!isSure && terminal.streams.stdin.isTTY !== true) {
    throw new LlamaError("option", "--in-place asks before it changes a file, and nobody is there to answer; give -y.");
  }
  const middle = withBreaksOf(gap, text);
  const show = (line: string) => (isSure ? terminal.note(line) : terminal.tell(line));
  for (const [sign, line] of changeOf(gap, middle)) {
    const shown = `${sign} ${withoutControls(line)}`;
    show(sign === " " ? shown : terminal.style(sign === "+" ? "green" : "red", shown));
  }
  if (!isSure && !/^y(es)?$/i.test((await ask(terminal, "Write it? [y/N] ", signal)).trim())) {
    terminal.note(`${shownPath(path)} was not changed.`);
    return;
  }
  requireSame(path, gap);
  const file = new AtomicFile(path, { force: true });
  try {
    file.write(new TextEncoder().encode(markOf(path) + gap.prefix + middle + gap.suffix));
    file.commit();
  } finally {
    file.discard();
  }
  terminal.note(`Wrote ${shownPath(path)}.`);
}

/** The byte order mark that a file begins with, or nothing: no text has it, and the file keeps it. */
function markOf(path: string): string {
  const bytes = readFileSync(path).subarray(0, 3);
  return bytes.equals(Buffer.from("\ufeff")) ? "\ufeff" : "";
}

/** An editor may have saved the file while the model was thinking. */
function requireSame(path: string, { prefix, suffix }: Gap): void {
  const now = readTextFile(path, "a text file", MAX_TEXT_BYTES);
  const isSame = now === prefix + suffix || now === `${prefix}<FILL>${suffix}`;
  if (!isSame) {
    throw new LlamaError(
      "option",
      `${shownPath(path)} was changed meanwhile, so it is left alone; run the command again.`,
    );
  }
}

/**
 * The lines around a gap before and after it was filled, each with what becomes of it. The line break that a file ends
 * with begins no line.
 */
export function changeOf({ prefix, suffix }: Gap, middle: string): (readonly [sign: " " | "+" | "-", line: string])[] {
  const start = prefix.lastIndexOf("\n") + 1;
  const end = suffix.indexOf("\n") + 1 || suffix.length;
  const [left, right] = [prefix.slice(start), suffix.slice(0, end)];
  const old = linesOf(left + right);
  return [
    ...linesOf(prefix.slice(0, start))
      .slice(-AROUND)
      .map((line) => [" ", line] as const),
    ...(old.join("") === "" ? [] : old.map((line) => ["-", line] as const)),
    ...linesOf(left + middle + right).map((line) => ["+", line] as const),
    ...linesOf(suffix.slice(end))
      .slice(0, AROUND)
      .map((line) => [" ", line] as const),
  ];
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** A text with the line breaks of a file: where it has one kind alone, those. */
export function withBreaksOf(gap: Gap, text: string): string {
  return hasReturns(gap) ? text.replace(/\r?\n/g, "\r\n") : text;
}

/** A gap as models have learned to read it: in a file whose lines all end in CR LF, with LF. */
export function withLineFeeds(gap: Gap): Gap {
  if (!hasReturns(gap)) return gap;
  const read = (text: string) => text.replaceAll("\r\n", "\n");
  return { ...gap, prefix: read(gap.prefix), suffix: read(gap.suffix) };
}

/** Whether every line ends in CR LF. */
function hasReturns({ prefix, suffix }: Gap): boolean {
  const breaks = new Set((prefix + suffix).match(/\r?\n/g));
  return breaks.size === 1 && breaks.has("\r\n");
}
