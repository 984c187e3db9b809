import { concatenationOf, repetition, unionOf } from "../regular/build.js";
import type { CodePointSet } from "../regular/code-points.js";
import { NOTHING, type Regular } from "../regular/regular.js";
import type { RegexNode } from "./syntax.js";

/** The ways to write one character of a set. */
export type Spelling = (set: CodePointSet) => Regular;

/** The language of an expression without anchors. */
export function compile(node: RegexNode, spell: Spelling): Regular {
  switch (node.kind) {
    case "characters":
      return spell(node.set);
    case "sequence":
      return concatenationOf(node.items.map((item) => compile(item, spell)));
    case "alternatives":
      return unionOf(node.options.map((option) => compile(option, spell)));
    case "repetition":
      return repetition(compile(node.item, spell), node.min, node.max);
    default:
      return NOTHING;
  }
}
