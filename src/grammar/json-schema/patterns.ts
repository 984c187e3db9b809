import { regexLanguage } from "../regex/language.js";
import { rethrowAt } from "./refusal.js";
import { ALL_STRINGS, regularStrings, type StringSet } from "./strings.js";

/** The strings in which an ECMAScript regular expression matches somewhere, as `pattern` means it. */
export function patternStrings(source: string, pointer: string): StringSet {
  if (MATCHES_ALL.test(source)) return ALL_STRINGS;
  try {
    return regularStrings(regexLanguage(source, { meaning: "search" }));
  } catch (error) {
    return rethrowAt(pointer, error);
  }
}

/** Patterns that people write for "any string"; `.*` without anchors matches everywhere, also in texts of several lines. */
const MATCHES_ALL = /^(\^?(\.\*)?|(\.\*)?\$?)$/;

/** The strings that an expression matches as a whole. */
export function wholeStrings(source: string): StringSet {
  return regularStrings(regexLanguage(source, { meaning: "whole" }));
}
