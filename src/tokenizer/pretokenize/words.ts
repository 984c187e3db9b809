import { Class } from "./characters.js";
import { after, type Pass, runEnd, type Scan } from "./scan.js";

const SPACE = 0x20;
const APOSTROPHE = 0x27;
const SLASH = 0x2f;
const WORD_BREAK = Class.space | Class.letter | Class.number;

/** GPT-2's pattern: `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+` */
export const gpt2Words: Pass = (scan, from, to) => {
  for (let at = from; at < to; ) {
    at =
      contraction(scan, at, to, false) ??
      spacedRun(scan, at, to, Class.letter) ??
      spacedRun(scan, at, to, Class.number) ??
      otherRun(scan, at, to) ??
      spaces(scan, at, to);
    scan.cuts[at] = 1;
  }
};

/**
 * Llama 3's pattern, and with `digits` 1 that of Qwen 2:
 * `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,digits}|
 * ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
 */
export function llama3Words(digits: number): Pass {
  return (scan, from, to) => {
    for (let at = from; at < to; ) {
      at =
        contraction(scan, at, to, true) ??
        ledLetters(scan, at, to) ??
        numbers(scan, at, to, digits) ??
        withNewlines(scan, otherRun(scan, at, to), to, false) ??
        spacesToNewline(scan, at, to) ??
        spaces(scan, at, to);
      scan.cuts[at] = 1;
    }
  };
}

/**
 * Mistral's Tekken: words are cut where small letters meet capitals. With U for `\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}` and
 * L for `\p{Ll}\p{Lm}\p{Lo}\p{M}`:
 * `[^\r\n\p{L}\p{N}]?[U]*[L]+|[^\r\n\p{L}\p{N}]?[U]+[L]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`
 */
export const tekkenWords: Pass = (scan, from, to) => {
  for (let at = from; at < to; ) {
    at =
      ledCasedWord(scan, at, to) ??
      numbers(scan, at, to, 1) ??
      withNewlines(scan, otherRun(scan, at, to), to, true) ??
      spacesToNewline(scan, at, to) ??
      spaces(scan, at, to);
    scan.cuts[at] = 1;
  }
};

const CONTRACTIONS = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"] as const;

function contraction({ text }: Scan, at: number, to: number, anyCase: boolean): number | undefined {
  if (text.charCodeAt(at) !== APOSTROPHE) return undefined;
  const exact = text.slice(at, Math.min(at + 3, to));
  const found = CONTRACTIONS.find((ending) => (anyCase ? lowerAscii(exact) : exact).startsWith(ending));
  return found === undefined ? undefined : at + found.length;
}

/** Only ASCII: the Kelvin sign and the long s are no part of a contraction. */
function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** ` ?[…]+` */
function spacedRun(scan: Scan, at: number, to: number, mask: number): number | undefined {
  const start = scan.text.charCodeAt(at) === SPACE ? at + 1 : at;
  const end = runEnd(scan, start, to, mask);
  return end > start ? end : undefined;
}

/** ` ?[^\s\p{L}\p{N}]+` */
function otherRun(scan: Scan, at: number, to: number): number | undefined {
  const start = scan.text.charCodeAt(at) === SPACE ? at + 1 : at;
  let end = start;
  while (end < to && ((scan.classes[end] as number) & WORD_BREAK) === 0) end++;
  return end > start ? end : undefined;
}

function withNewlines({ text }: Scan, end: number | undefined, to: number, withSlash: boolean): number | undefined {
  if (end === undefined) return undefined;
  let at = end;
  for (; at < to; at++) {
    const unit = text.charCodeAt(at);
    if (unit !== 10 && unit !== 13 && !(withSlash && unit === SLASH)) break;
  }
  return at;
}

/** `[^\r\n\p{L}\p{N}]?` before what follows: the unit after it, or `at` where the character is none. */
function afterLead(scan: Scan, at: number, to: number): number {
  const bits = scan.classes[at] as number;
  return (bits & (Class.newline | Class.letter | Class.number)) === 0 ? after(scan, at, to) : at;
}

/** `[^\r\n\p{L}\p{N}]?\p{L}+` */
function ledLetters(scan: Scan, at: number, to: number): number | undefined {
  const start = afterLead(scan, at, to);
  const end = runEnd(scan, start, to, Class.letter);
  return end > start ? end : undefined;
}

/** Both alternatives of Tekken for words; a mark may be the lead, or the word's own where no word follows it. */
function ledCasedWord(scan: Scan, at: number, to: number): number | undefined {
  const start = afterLead(scan, at, to);
  return (
    smallWord(scan, start, to) ??
    (start > at ? smallWord(scan, at, to) : undefined) ??
    capitalWord(scan, start, to) ??
    (start > at ? capitalWord(scan, at, to) : undefined)
  );
}

const UPPER = Class.upper | Class.mark;
const LOWER = Class.lower | Class.mark;

/** `[U]*[L]+`: where no small letter follows the capitals, their last that counts as small too ends the word. */
function smallWord(scan: Scan, start: number, to: number): number | undefined {
  const capitals = runEnd(scan, start, to, UPPER);
  const end = runEnd(scan, capitals, to, LOWER);
  if (end > capitals) return end;
  let last = capitals;
  while (last > start && ((scan.classes[last - 1] as number) & LOWER) === 0) last--;
  return last > start ? last : undefined;
}

/** `[U]+[L]*` */
function capitalWord(scan: Scan, start: number, to: number): number | undefined {
  const capitals = runEnd(scan, start, to, UPPER);
  return capitals > start ? runEnd(scan, capitals, to, LOWER) : undefined;
}

/** `\p{N}{1,most}` */
function numbers(scan: Scan, at: number, to: number, most: number): number | undefined {
  let end = at;
  for (let i = 0; i < most && end < to && ((scan.classes[end] as number) & Class.number) !== 0; i++) {
    end = after(scan, end, to);
  }
  return end > at ? end : undefined;
}

/** `\s*[\r\n]+` */
function spacesToNewline(scan: Scan, at: number, to: number): number | undefined {
  let end = runEnd(scan, at, to, Class.space);
  while (end > at && ((scan.classes[end - 1] as number) & Class.newline) === 0) end--;
  return end > at ? end : undefined;
}

/** `\s+(?!\S)|\s+`: the last of several white spaces is left to what follows it. */
function spaces(scan: Scan, at: number, to: number): number {
  const end = runEnd(scan, at, to, Class.space);
  return end < to && end - at > 1 ? end - 1 : Math.max(end, after(scan, at, to));
}
