import { regexLanguage } from "../regex/language.js";
import type { CodePointSet } from "../regular/code-points.js";
import type { Regular } from "../regular/regular.js";
import { codePoints } from "../regular/utf8.js";
import { rethrowAt } from "./refusal.js";
import { ALL_STRINGS, regularStrings, type StringSet } from "./strings.js";

/** The strings in which an ECMAScript regular expression matches somewhere, as `pattern` means it. */
export function patternStrings(source: string, pointer: string): StringSet {
  if (MATCHES_ALL.test(source)) return ALL_STRINGS;
  try {
    return regularStrings(regexLanguage(source, { meaning: "search", characters }));
  } catch (error) {
    return rethrowAt(pointer, error);
  }
}

/** Patterns that match every string: `.*` and `^.*` match the empty text at its beginning. */
const MATCHES_ALL = /^\^?(\.\*)?$/;

/** The strings that an expression matches as a whole. */
export function wholeStrings(source: string): StringSet {
  return regularStrings(regexLanguage(source, { meaning: "whole", characters }));
}

const MOST_SPELLED = 10_000;
const spelled = new Map<string, Regular>();

/**
 * The UTF-8 of one character of a set. The same few sets come in all expressions, and cost more to write than to find.
 */
function characters(set: CodePointSet): Regular {
  const key = set.ranges.join();
  let language = spelled.get(key);
  if (language === undefined) {
    language = codePoints(set);
    if (spelled.size >= MOST_SPELLED) spelled.clear();
    spelled.set(key, language);
  }
  return language;
}
