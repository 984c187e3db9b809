import { bytes, concatenation, repetition, union } from "../regular/build.js";
import { ByteSet } from "../regular/byte-set.js";
import type { Regular } from "../regular/regular.js";
import { text } from "../regular/utf8.js";

/**
 * Space between the tokens of JSON: none, one blank, or one or two line breaks with an indentation. Bounded, as a model
 * may otherwise write blanks for ever.
 */
export const SPACE: Regular = repetition(
  union(
    text(" "),
    concatenation(
      repetition(text("\n"), 1, 2),
      repetition(bytes(ByteSet.of(...new TextEncoder().encode(" \t"))), 0, 20),
    ),
  ),
  0,
  1,
);

export const OPEN_OBJECT = concatenation(text("{"), SPACE);
export const CLOSE_OBJECT = concatenation(SPACE, text("}"));
export const OPEN_ARRAY = concatenation(text("["), SPACE);
export const CLOSE_ARRAY = concatenation(SPACE, text("]"));
export const COMMA = concatenation(text(","), SPACE);
export const COLON = concatenation(text(":"), SPACE);
export const EMPTY_OBJECT = concatenation(OPEN_OBJECT, text("}"));
export const EMPTY_ARRAY = concatenation(OPEN_ARRAY, text("]"));

/** The text of a property's key with what follows it. */
export function keyText(keys: Regular): Regular {
  return concatenation(keys, COLON);
}
