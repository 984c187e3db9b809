import type { CodePointSet } from "../regular/code-points.js";
import { spend } from "../work.js";

/** A regular expression as a tree. Groups leave no trace, and lazy quantifiers are those of the same language. */
export type RegexNode =
  | { readonly kind: "characters"; readonly set: CodePointSet }
  | { readonly kind: "sequence"; readonly items: readonly RegexNode[] }
  | { readonly kind: "alternatives"; readonly options: readonly RegexNode[] }
  | { readonly kind: "repetition"; readonly item: RegexNode; readonly min: number; readonly max: number }
  /** `^` and `$`: the start and the end of the whole text. */
  | { readonly kind: "start" | "end" };

/** Whether `^` or `$` stands anywhere in it. */
export function hasAnchor(node: RegexNode): boolean {
  spend(1);
  switch (node.kind) {
    case "characters":
      return false;
    case "sequence":
      return node.items.some(hasAnchor);
    case "alternatives":
      return node.options.some(hasAnchor);
    case "repetition":
      return hasAnchor(node.item);
    default:
      return true;
  }
}
