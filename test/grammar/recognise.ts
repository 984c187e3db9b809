import { unionOf } from "#dist/grammar/regular/build.js";
import { text } from "#dist/grammar/regular/utf8.js";
import { choice, type GrammarNode, Rule, repetition, sequence, terminal } from "#dist/grammar/rules.js";

/** A context-free grammar as trees, which is read by the package and by `recognises` as its meaning says. */
export type Tree =
  | { readonly op: "text"; readonly values: readonly string[] }
  | { readonly op: "rule"; readonly number: number }
  | { readonly op: "sequence" | "choice"; readonly parts: readonly Tree[] }
  | { readonly op: "repetition"; readonly part: Tree; readonly min: number; readonly max: number };

/** The spans of a text: bit `end` of entry `start`. */
type Spans = number[];

/**
 * Whether rule 0 derives a text of up to 30 letters: the spans that each rule may cover are found by applying the
 * rules until nothing is added, which needs no thought about recursion, ambiguity or emptiness.
 */
export function recognises(rules: readonly Tree[], value: string): boolean {
  const places = value.length + 1;
  const none = (): Spans => new Array<number>(places).fill(0);
  const table = rules.map(none);
  const join = (a: Spans, b: Spans) => a.map((ends, i) => ends | (b[i] as number));
  const follow = (a: Spans, b: Spans) =>
    a.map((ends) => b.reduce((all, more, middle) => ((ends >>> middle) & 1 ? all | more : all), 0));
  const still = none().map((_, i) => 1 << i);
  const spansOf = (tree: Tree): Spans => {
    switch (tree.op) {
      case "text":
        return none().map((_, i) =>
          tree.values.reduce((ends, v) => (value.startsWith(v, i) ? ends | (1 << (i + v.length)) : ends), 0),
        );
      case "rule":
        return table[tree.number] as Spans;
      case "sequence":
        return tree.parts.map(spansOf).reduce(follow, still);
      case "choice":
        return tree.parts.map(spansOf).reduce(join, none());
      case "repetition": {
        const part = spansOf(tree.part);
        // Beyond as many rounds as there are places, rounds can only be empty ones.
        const most = Math.min(tree.max, tree.min + places);
        let [all, now] = [none(), still];
        for (let round = 0; round <= most; round++) {
          if (round >= tree.min) all = join(all, now);
          now = follow(now, part);
        }
        return all;
      }
    }
  };
  for (let isStable = false; !isStable; ) {
    isStable = true;
    rules.forEach((rule, i) => {
      const spans = spansOf(rule);
      if (spans.join() !== (table[i] as Spans).join()) isStable = false;
      table[i] = spans;
    });
  }
  return (((table[0] as Spans)[0] as number) >>> value.length) % 2 === 1;
}

/** The package's rules of the same meaning. */
export function toRules(trees: readonly Tree[]): Rule {
  const rules = trees.map((_, i) => new Rule(`r${i}`));
  const node = (tree: Tree): GrammarNode => {
    switch (tree.op) {
      case "text":
        return terminal(unionOf(tree.values.map(text)));
      case "rule":
        return rules[tree.number] as Rule;
      case "sequence":
        return sequence(...tree.parts.map(node));
      case "choice":
        return choice(...tree.parts.map(node));
      case "repetition":
        return repetition(node(tree.part), tree.min, tree.max);
    }
  };
  trees.forEach((tree, i) => {
    (rules[i] as Rule).body = node(tree);
  });
  return rules[0] as Rule;
}

/** A few rules that refer to one another in any way. */
export function randomTrees(random: () => number, letters: string): Tree[] {
  const below = (n: number) => Math.floor(random() * n);
  const count = 1 + below(4);
  const word = () =>
    Array.from({ length: below(10) === 0 ? 0 : 1 + below(2) }, () => letters[below(letters.length)]).join("");
  const tree = (depth: number): Tree => {
    if (depth === 0 || below(4) === 0) {
      return below(5) < 2
        ? { op: "rule", number: below(count) }
        : { op: "text", values: Array.from({ length: 1 + below(2) }, word) };
    }
    const parts = () => Array.from({ length: 1 + below(3) }, () => tree(depth - 1));
    switch (below(4)) {
      case 0:
      case 1:
        return { op: "sequence", parts: parts() };
      case 2:
        return { op: "choice", parts: parts() };
      default: {
        const min = below(3);
        return {
          op: "repetition",
          part: tree(depth - 1),
          min,
          max: below(3) ? min + below(3) : Number.POSITIVE_INFINITY,
        };
      }
    }
  };
  return Array.from({ length: count }, () => tree(3));
}
