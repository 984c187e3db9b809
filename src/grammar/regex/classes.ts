import { ALL_SCALARS, CodePointSet } from "../regular/code-points.js";
import { spend } from "../work.js";
import { propertySet } from "./properties.js";
import type { RegexScanner } from "./scanner.js";

const DIGITS = CodePointSet.of([0x30, 0x39]);
const WORD = CodePointSet.of([0x30, 0x39], [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]);
/** WhiteSpace and LineTerminator of ECMA-262, sections 12.2 and 12.3. */
const SPACE = CodePointSet.from(
  "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff",
);
/** What `.` stands for: all but line terminators. */
export const DOT = ALL_SCALARS.difference(CodePointSet.from("\n\r\u2028\u2029"));

const CLASS_ESCAPES: Readonly<Record<string, CodePointSet>> = {
  d: DIGITS,
  D: ALL_SCALARS.difference(DIGITS),
  w: WORD,
  W: ALL_SCALARS.difference(WORD),
  s: SPACE,
  S: ALL_SCALARS.difference(SPACE),
};

const CONTROL_ESCAPES: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 };

/** What stands behind a backslash: a set of characters, or one character. */
export function readEscape(scanner: RegexScanner, isInClass: boolean): CodePointSet | number {
  const at = scanner.at - 1;
  spend(20);
  const property = scanner.match(/([pP])\{([\w=]+)\}/y);
  if (property !== undefined) {
    const set = propertySet(property[2] as string);
    if (set === undefined) return scanner.fail(`asks for the unknown Unicode property ${property[2]}`, at);
    return property[1] === "p" ? set : ALL_SCALARS.difference(set);
  }
  const named = scanner.match(/[dDwWsS]/y);
  if (named !== undefined) return CLASS_ESCAPES[named[0]] as CodePointSet;
  const control = scanner.match(/[tnvfr]/y);
  if (control !== undefined) return CONTROL_ESCAPES[control[0]] as number;
  const letter = scanner.match(/c([A-Za-z])/y);
  if (letter !== undefined) return (letter[1] as string).charCodeAt(0) & 31;
  if (isInClass && scanner.take("b")) return 8;
  const code = readCode(scanner);
  if (code !== undefined) return code;
  if (scanner.match(/0(?![0-9])/y) !== undefined) return 0;
  if (scanner.match(/[1-9]|k</y) !== undefined) return scanner.fail("has a backreference, which is not supported", at);
  if (scanner.match(/[bB]/y) !== undefined) return scanner.fail("has a word boundary, which is not supported", at);
  if (scanner.match(/[0-9A-Za-z]/y) !== undefined) return scanner.fail("has an unknown escape sequence", at);
  return scanner.next();
}

function readCode(scanner: RegexScanner): number | undefined {
  const pair = scanner.match(/u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})/y);
  if (pair !== undefined) {
    const units = [Number.parseInt(pair[1] as string, 16), Number.parseInt(pair[2] as string, 16)];
    return String.fromCharCode(...units).codePointAt(0);
  }
  const code = scanner.match(/x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{0*([0-9a-fA-F]{1,6})\}/y);
  return code === undefined ? undefined : Number.parseInt((code[1] ?? code[2] ?? code[3]) as string, 16);
}

/**
 * A class in brackets, of which the first has been read.
 * @param hasSets whether classes nest and combine by `--` and `&&`, as they do with the flag v
 */
export function readClass(scanner: RegexScanner, hasSets: boolean, depth = 0): CodePointSet {
  const at = scanner.at - 1;
  if (depth > DEEPEST) return scanner.fail(`nests classes more than ${DEEPEST} levels deep`, at);
  const isNegated = scanner.take("^");
  const ranges: (readonly [number, number])[] = [];
  let set = CodePointSet.of();
  while (!scanner.take("]")) {
    if (scanner.isAtEnd) return scanner.fail("has a class that is not closed", at);
    if (hasSets && (scanner.peek("--") || scanner.peek("&&"))) {
      const isDifference = scanner.take("--") || !scanner.take("&&");
      const left = set.union(CodePointSet.ofRanges(ranges.splice(0)));
      const operand = readMember(scanner, hasSets, depth);
      const right = typeof operand === "number" ? CodePointSet.of([operand, operand]) : operand;
      set = isDifference ? left.difference(right) : left.intersection(right);
      continue;
    }
    spend(5);
    const first = readMember(scanner, hasSets, depth);
    if (typeof first !== "number") {
      set = set.union(first);
      continue;
    }
    if (!scanner.peek("-") || scanner.peek("-]") || (hasSets && scanner.peek("--"))) {
      ranges.push([first, first]);
      continue;
    }
    const dash = scanner.at++;
    const last = readMember(scanner, hasSets, depth);
    if (typeof last === "number") {
      if (last < first) return scanner.fail("has a range whose end comes before its start", dash);
      ranges.push([first, last]);
    } else {
      // Of old, a hyphen beside a class such as \w is only itself.
      ranges.push([first, first], [0x2d, 0x2d]);
      set = set.union(last);
    }
  }
  const all = set.union(CodePointSet.ofRanges(ranges));
  return isNegated ? ALL_SCALARS.difference(all) : all;
}

const DEEPEST = 50;

function readMember(scanner: RegexScanner, hasSets: boolean, depth: number): CodePointSet | number {
  if (hasSets && scanner.take("[")) return readClass(scanner, hasSets, depth + 1);
  if (hasSets && scanner.peek("\\q{")) return scanner.fail("has \\q in a class, which is not supported");
  return scanner.take("\\") ? readEscape(scanner, true) : scanner.next();
}
