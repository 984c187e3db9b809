import { concatenation, repetition, unionOf } from "../regular/build.js";
import { ALL_SCALARS, type CodePointSet } from "../regular/code-points.js";
import { EMPTY, type Regular } from "../regular/regular.js";
import { codePoints } from "../regular/utf8.js";
import { anchoredLanguage, branchesOf } from "./anchors.js";
import { compile } from "./compile.js";
import { parseRegex } from "./parse.js";
import { hasAnchor } from "./syntax.js";

/** How a regular expression is read. */
export interface RegexOptions {
  /** `whole`: the expression matches all of the text. `search`: it matches somewhere in it. */
  readonly meaning: "whole" | "search";
  /**
   * The ways to write one character of a set; UTF-8 by default. No way to write a character may be the beginning of
   * another's, or intersections and complements of such languages mean nothing.
   */
  readonly characters?: ((set: CodePointSet) => Regular) | undefined;
}

/**
 * The texts that a regular expression of ECMAScript matches, with code points for characters (flags u or v).
 * @throws LlamaError `grammar`, with the place, where the source is wrong, or has lookaround, backreferences, word
 *   boundaries or flags
 */
export function regexLanguage(source: string, { meaning, characters = codePoints }: RegexOptions): Regular {
  const known = new Map<CodePointSet, Regular>();
  const spell = (set: CodePointSet) => {
    let language = known.get(set);
    if (language === undefined) {
      language = characters(set);
      known.set(set, language);
    }
    return language;
  };
  const node = parseRegex(source);
  const any = repetition(spell(ALL_SCALARS), 0, Number.POSITIVE_INFINITY);
  return unionOf(
    branchesOf(node).map((branch) => {
      if (hasAnchor(branch.inner)) return anchoredLanguage(branch, meaning, any, spell);
      const language = compile(branch.inner, spell);
      if (meaning === "whole") return language;
      return concatenation(branch.isAtStart ? EMPTY : any, language, branch.isAtEnd ? EMPTY : any);
    }),
  );
}
