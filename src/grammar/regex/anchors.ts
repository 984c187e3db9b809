import { grammarError } from "../errors.js";
import { concatenation, difference, repetition, union, unionOf } from "../regular/build.js";
import { EMPTY, Kind, NOTHING, type Regular } from "../regular/regular.js";
import { spend } from "../work.js";
import { compile, type Spelling } from "./compile.js";
import { hasAnchor, type RegexNode } from "./syntax.js";

/** An alternative of an expression, its outer anchors taken off. */
export interface Branch {
  readonly inner: RegexNode;
  readonly isAtStart: boolean;
  readonly isAtEnd: boolean;
}

/** The alternatives of an expression; anchors stand at the ends of most of them. */
export function branchesOf(node: RegexNode): Branch[] {
  if (node.kind === "alternatives") return node.options.flatMap(branchesOf);
  if (node.kind !== "sequence") return branchesOf({ kind: "sequence", items: [node] });
  const { items } = node;
  spend(items.length);
  let from = 0;
  let to = items.length;
  while (from < to && items[from]?.kind === "start") from++;
  while (to > from && items[to - 1]?.kind === "end") to--;
  const [isAtStart, isAtEnd] = [from > 0, to < items.length];
  const only = items[from];
  if (to - from === 1 && only !== undefined && (only.kind === "sequence" || only.kind === "alternatives")) {
    return branchesOf(only).map((branch) => ({
      inner: branch.inner,
      isAtStart: isAtStart || branch.isAtStart,
      isAtEnd: isAtEnd || branch.isAtEnd,
    }));
  }
  return [{ inner: { kind: "sequence", items: items.slice(from, to) }, isAtStart, isAtEnd }];
}

/** Whether a match begins where the text does, and ends where it ends. */
const PLACES = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const;

/** What an expression with anchors matches, which depends on where the match lies in the text. */
interface Matches {
  /** Whether it matches the empty text there. */
  readonly empty: (isAtStart: boolean, isAtEnd: boolean) => boolean;
  /** The texts it matches there, but for the empty one. */
  readonly others: (isAtStart: boolean, isAtEnd: boolean) => Regular;
}

/**
 * The language of an expression with anchors in its midst.
 * @param any every text, in the spelling
 */
export function anchoredLanguage(branch: Branch, meaning: "whole" | "search", any: Regular, spell: Spelling): Regular {
  const matches = matchesOf(branch.inner, spell);
  const some = withoutEmpty(any);
  return unionOf(
    PLACES.map(([isAtStart, isAtEnd]) => {
      if (meaning === "whole" && !(isAtStart && isAtEnd)) return NOTHING;
      if ((branch.isAtStart && !isAtStart) || (branch.isAtEnd && !isAtEnd)) return NOTHING;
      const others = matches.others(isAtStart, isAtEnd);
      const match = matches.empty(isAtStart, isAtEnd) ? union(EMPTY, others) : others;
      return concatenation(isAtStart ? EMPTY : some, match, isAtEnd ? EMPTY : some);
    }),
  );
}

function matchesOf(node: RegexNode, spell: Spelling): Matches {
  if (node.kind === "start") return { empty: (isAtStart) => isAtStart, others: () => NOTHING };
  if (node.kind === "end") return { empty: (_, isAtEnd) => isAtEnd, others: () => NOTHING };
  if (!hasAnchor(node)) {
    const language = compile(node, spell);
    const others = withoutEmpty(language);
    return { empty: () => language.isNullable, others: () => others };
  }
  switch (node.kind) {
    case "sequence":
      return node.items.map((item) => matchesOf(item, spell)).reduceRight((rest, first) => known(chain(first, rest)));
    case "alternatives": {
      const options = node.options.map((option) => matchesOf(option, spell));
      return memoised({
        empty: (s, e) => options.some(({ empty }) => empty(s, e)),
        others: (s, e) => unionOf(options.map(({ others }) => others(s, e))),
      });
    }
    case "repetition":
      return memoised(repeat(matchesOf(node.item, spell), node.min, node.max));
    default:
      throw new Error("unreachable");
  }
}

function chain(first: Matches, rest: Matches): Matches {
  return {
    empty: (s, e) => first.empty(s, e) && rest.empty(s, e),
    others: (s, e) =>
      union(
        concatenation(first.others(s, false), rest.others(false, e)),
        first.empty(s, false) ? rest.others(s, e) : NOTHING,
        rest.empty(false, e) ? first.others(s, e) : NOTHING,
      ),
  };
}

function repeat(item: Matches, min: number, max: number): Matches {
  if (min > 1 || (max > 1 && max !== Number.POSITIVE_INFINITY)) {
    throw grammarError(
      "The regular expression repeats a part that has an anchor in it a counted number of times, which is not supported.",
    );
  }
  return {
    empty: (s, e) => max === 0 || min === 0 || item.empty(s, e),
    others: (s, e) => {
      if (max === 0) return NOTHING;
      if (max === 1) return item.others(s, e);
      const middle = repetition(item.others(false, false), 0, max);
      return union(item.others(s, e), concatenation(item.others(s, false), middle, item.others(false, e)));
    },
  };
}

/** What it matches in every place, found at once: a long sequence is walked from its end then, not by recursion. */
function known(matches: Matches): Matches {
  const found = memoised(matches);
  for (const [isAtStart, isAtEnd] of PLACES) {
    found.empty(isAtStart, isAtEnd);
    found.others(isAtStart, isAtEnd);
  }
  return found;
}

/** Sequences ask for the same places again and again. */
function memoised({ empty, others }: Matches): Matches {
  const knownOthers = new Map<number, Regular>();
  const knownEmpty = new Map<number, boolean>();
  const keyOf = (s: boolean, e: boolean) => (s ? 2 : 0) + (e ? 1 : 0);
  const recall = <T>(map: Map<number, T>, key: number, make: () => T): T => {
    let found = map.get(key);
    if (found === undefined) {
      found = make();
      map.set(key, found);
    }
    return found;
  };
  return {
    empty: (s, e) => recall(knownEmpty, keyOf(s, e), () => empty(s, e)),
    others: (s, e) => recall(knownOthers, keyOf(s, e), () => others(s, e)),
  };
}

/** The texts of a language but for the empty one, mostly without an intersection, which costs more later. */
function withoutEmpty(language: Regular): Regular {
  if (!language.isNullable) return language;
  spend(5);
  switch (language.kind) {
    case Kind.empty:
      return NOTHING;
    case Kind.union:
      return unionOf(language.parts.map(withoutEmpty));
    case Kind.repetition:
      return concatenation(withoutEmpty(language.head), repetition(language.head, 0, language.max - 1));
    case Kind.concatenation:
      return union(concatenation(withoutEmpty(language.head), language.tail), withoutEmpty(language.tail));
    default:
      return difference(language, EMPTY);
  }
}
