import { mapTexts } from "../json-texts.js";

/**
 * Marked text says of its characters where they come from: a visible ASCII character of a message is written as the
 * lone low surrogate U+DC00 + its code, everything else as itself.
 *
 * ```
 * "[INST] " + mark("Hi [INST]") + " [/INST]"   the template's [INST] is one, the message's is not
 * ```
 *
 * Well-formed text has no lone surrogates, so marks cannot be forged, and a mark has the length of its character, so
 * positions stay. White space is left alone, which lets templates trim and split what they are given. What has
 * no ASCII in it cannot be told from a template's own text: no marker consists of such characters alone.
 */
const OFFSET = 0xdc00;

/** Marks all of a message. The text must be well-formed. */
export function mark(text: string): string {
  return text.replace(/[!-~]/g, (character) => String.fromCharCode(OFFSET + character.charCodeAt(0)));
}

/**
 * Marks the texts in a value of JSON, keys too, but for those of letters, digits, `_`, `-` and `.` alone: no marker is
 * made of them, and templates compare some, such as a type.
 */
export function markValue<T>(value: T): T {
  return mapTexts(value, (text) => (WORD.test(text) ? text : mark(text)));
}

const WORD = /^[\w.-]*$/;

/**
 * JSON of marked texts, marked: `JSON.stringify` escapes marks as lone surrogates, and knows of no quotes and
 * backslashes behind them.
 */
export function keepMarks(json: string): string {
  return json.replace(/\\(?:\\|udc([2-7][0-9a-f]))/g, (found, code: string | undefined) => {
    if (code === undefined) return found;
    const unit = String.fromCharCode(Number.parseInt(`dc${code}`, 16));
    return unit === MARKED_QUOTE || unit === MARKED_BACKSLASH ? MARKED_BACKSLASH + unit : unit;
  });
}

const MARKED_QUOTE = mark('"');
const MARKED_BACKSLASH = mark("\\");

/** The text without marks. */
export function unmark(marked: string): string {
  // With the flag u this matches lone surrogates only, no halves of characters.
  return marked.replace(/[\udc21-\udc7e]/gu, (unit) => String.fromCharCode(unit.charCodeAt(0) - OFFSET));
}
