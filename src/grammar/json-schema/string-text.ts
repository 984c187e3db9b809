import {
  ANY_TEXT,
  bytes,
  complement,
  concatenation,
  concatenationOf,
  intersection,
  repetition,
  union,
  unionOf,
} from "../regular/build.js";
import { ByteSet } from "../regular/byte-set.js";
import { CodePointSet, LAST_CODE_POINT } from "../regular/code-points.js";
import { EMPTY, Kind, type Regular } from "../regular/regular.js";
import { codePoints, text, texts } from "../regular/utf8.js";
import { type StringSet, writtenLanguage } from "./strings.js";

const QUOTE = text('"');

/**
 * The JSON texts of the strings of a set, with their quotes. Characters stand for themselves where they may; strings of
 * which nothing but the length matters may have any escapes, all others those that JSON needs.
 */
export function stringText(set: StringSet): Regular {
  const { list, length } = set;
  if (list !== undefined) return texts(Array.from(list, (value) => JSON.stringify(value)));
  const inside = length === undefined ? escaped(writtenLanguage(set)) : repetition(ANY_CHARACTER, length[0], length[1]);
  return concatenation(QUOTE, inside, QUOTE);
}

const digit = (...ranges: readonly (readonly [string, string])[]) =>
  unionOf(ranges.map(([first, last]) => codePoints(CodePointSet.of([code(first), code(last)]))));
const code = (character: string) => character.charCodeAt(0);
const HEX = digit(["0", "9"], ["a", "f"], ["A", "F"]);

/** One character of a string in any way that JSON has to write it; surrogates only in pairs. */
const ANY_CHARACTER = union(
  codePoints(CodePointSet.of([0x20, 0x21], [0x23, 0x5b], [0x5d, LAST_CODE_POINT])),
  concatenation(text("\\"), texts(['"', "\\", "/", "b", "f", "n", "r", "t"])),
  concatenation(
    text("\\u"),
    union(
      concatenation(digit(["0", "9"], ["a", "c"], ["A", "C"], ["e", "f"], ["E", "F"]), HEX, HEX, HEX),
      concatenation(texts(["d", "D"]), digit(["0", "7"]), HEX, HEX),
      concatenation(
        texts(["d", "D"]),
        digit(["8", "9"], ["a", "b"], ["A", "B"]),
        HEX,
        HEX,
        text("\\u"),
        texts(["d", "D"]),
        digit(["c", "f"], ["C", "F"]),
        HEX,
        HEX,
      ),
    ),
  ),
);

/** Bytes that cannot stand for themselves in a JSON string. */
const SPECIAL = ByteSet.range(0, 0x1f).union(ByteSet.of(code('"'), code("\\")));

/**
 * The language with each special byte replaced by its escape. The escapes of different bytes differ and none begins
 * another, so this commutes with intersection and complement.
 */
function escaped(language: Regular): Regular {
  let found = known.get(language);
  if (found === undefined) {
    found = spelled(language);
    known.set(language, found);
  }
  return found;
}

const known = new WeakMap<Regular, Regular>();

function spelled(language: Regular): Regular {
  switch (language.kind) {
    case Kind.nothing:
    case Kind.empty:
      return language;
    case Kind.bytes:
      return escapedBytes(language.set as ByteSet);
    case Kind.concatenation: {
      const heads: Regular[] = [];
      let rest = language;
      for (; rest.kind === Kind.concatenation; rest = rest.tail) heads.push(escaped(rest.head));
      return concatenationOf([...heads, escaped(rest)]);
    }
    case Kind.union:
      return unionOf(language.parts.map(escaped));
    case Kind.intersection:
      return intersection(...language.parts.map(escaped));
    case Kind.complement:
      return intersection(escaped(ANY_TEXT), complement(escaped(language.head)));
    case Kind.repetition:
      return repetition(escaped(language.head), language.min, language.max);
  }
}

function escapedBytes(set: ByteSet): Regular {
  const escapes: string[] = [];
  for (let byte = 0; byte < 0x80; byte++) {
    if (set.has(byte) && SPECIAL.has(byte)) escapes.push(JSON.stringify(String.fromCharCode(byte)).slice(1, -1));
  }
  const plain = bytes(set.intersection(SPECIAL.complement()));
  return escapes.length === 0 ? plain : union(plain, texts(escapes));
}

/** Any string at all, and the empty text for a part that is not there. */
export const ANY_STRING = concatenation(QUOTE, repetition(ANY_CHARACTER, 0, Number.POSITIVE_INFINITY), QUOTE);
export const NO_TEXT = EMPTY;
