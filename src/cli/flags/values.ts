import { InvalidArgumentError } from "commander";
import { printable } from "../../errors.js";

/** Reads what stands behind a flag. What it throws begins with "must be": the caller names the flag. */
export type ValueParser<T> = (text: string) => T;

/** How a value is refused: "must be between 0 and 1 (got 3)." */
export function refused(expected: string, found: string): InvalidArgumentError {
  const shown = found !== "" && Number.isFinite(Number(found)) ? found : `"${printable(found)}"`;
  return new InvalidArgumentError(`must be ${expected} (got ${shown}).`);
}

export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value)) throw refused("a number", text);
  return value;
}

export function wholeNumber(text: string): number {
  const value = number(text);
  if (!Number.isSafeInteger(value)) throw refused("a whole number", text);
  return value;
}

/** A parser of whole numbers from `least` to `most`. */
export function wholeNumberFrom(least: number, most = Number.POSITIVE_INFINITY): ValueParser<number> {
  const expected = most === Number.POSITIVE_INFINITY ? `of ${least} or more` : `from ${least} to ${most}`;
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isSafeInteger(value) && value >= least && value <= most) return value;
    throw refused(`a whole number ${expected}`, text);
  };
}

/** How many tokens to generate at most; -2, which llama.cpp has for "until the context is full", is no limit either. */
export function tokenLimit(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value) || value < -2) {
    throw refused("a whole number of tokens, or -1 for no limit", text);
  }
  return Math.max(-1, value);
}

/** A parser of one of several names. */
export function oneOf<T extends string>(names: readonly T[]): ValueParser<T> {
  return (text) => {
    const found = names.find((name) => name === text);
    if (found === undefined) throw refused(`one of ${names.join(", ")}`, text);
    return found;
  };
}

/** Bytes: a number with or without one of the units K, M, G and T, which are powers of 1024. */
export function byteSize(text: string): number {
  if (text.toLowerCase() === "none") return Number.POSITIVE_INFINITY;
  const [, amount, unit = ""] = /^([\d.]+) ?([kmgt]?)(?:i?b)?$/i.exec(text) ?? [];
  const bytes = Number(amount) * 1024 ** " kmgt".indexOf(unit.toLowerCase() || " ");
  if (!(bytes > 0)) throw refused("a size such as 500M or 6G, or none", text);
  return bytes;
}

export function collect(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** Text in which `\n`, `\r`, `\t`, `\'`, `\"`, `\\` and `\xHH` were what they stand for, as llama.cpp reads them. */
export function unescaped(text: string): string {
  return text.replace(/\\(?:([nrt'"\\])|x([0-9a-fA-F]{2}))/g, (_, escaped: string | undefined, hex: string) =>
    escaped === undefined ? String.fromCharCode(Number.parseInt(hex, 16)) : (ESCAPES[escaped] ?? escaped),
  );
}
