import * as build from "#dist/grammar/regular/build.js";
import type { Regular } from "#dist/grammar/regular/regular.js";
import { EMPTY, NOTHING } from "#dist/grammar/regular/regular.js";
import { text } from "#dist/grammar/regular/utf8.js";

/** An expression as a tree, which is read in two ways: by the package, and by `accepts` as its meaning says. */
export type Expression =
  | { readonly op: "nothing" | "empty" }
  | { readonly op: "letter"; readonly letters: string }
  | { readonly op: "concatenation" | "union" | "intersection"; readonly parts: readonly Expression[] }
  | { readonly op: "complement"; readonly part: Expression }
  | { readonly op: "repetition"; readonly part: Expression; readonly min: number; readonly max: number };

/** Whether a text is in the language, by trying every way to divide it. */
export function accepts(expression: Expression, value: string): boolean {
  switch (expression.op) {
    case "nothing":
      return false;
    case "empty":
      return value === "";
    case "letter":
      return value.length === 1 && expression.letters.includes(value);
    case "union":
      return expression.parts.some((part) => accepts(part, value));
    case "intersection":
      return expression.parts.every((part) => accepts(part, value));
    case "complement":
      return !accepts(expression.part, value);
    case "concatenation": {
      const [first, ...rest] = expression.parts;
      if (first === undefined) return value === "";
      return splits(value).some(([a, b]) => accepts(first, a) && accepts({ op: "concatenation", parts: rest }, b));
    }
    case "repetition": {
      const { part, min, max } = expression;
      if (max === 0) return value === "";
      if (value === "") return min === 0 || accepts(part, "");
      const rest = { ...expression, min: Math.max(0, min - 1), max: max - 1 };
      // A round that takes nothing brings the lower bound nearer and no more.
      const skips = min > 0 && accepts(part, "") ? accepts({ ...expression, min: 0 }, value) : false;
      return skips || splits(value).some(([a, b]) => a !== "" && accepts(part, a) && accepts(rest, b));
    }
  }
}

function splits(value: string): (readonly [string, string])[] {
  return Array.from({ length: value.length + 1 }, (_, i) => [value.slice(0, i), value.slice(i)] as const);
}

/** The package's expression of the same meaning. */
export function toRegular(expression: Expression): Regular {
  switch (expression.op) {
    case "nothing":
      return NOTHING;
    case "empty":
      return EMPTY;
    case "letter":
      return build.unionOf([...expression.letters].map(text));
    case "complement":
      return build.complement(toRegular(expression.part));
    case "repetition":
      return build.repetition(toRegular(expression.part), expression.min, expression.max);
    case "concatenation":
      return build.concatenationOf(expression.parts.map(toRegular));
    case "union":
      return build.unionOf(expression.parts.map(toRegular));
    case "intersection":
      return build.intersection(...expression.parts.map(toRegular));
  }
}

/** @param random from 0 up to 1 */
export function randomExpression(random: () => number, depth: number, isPure = false): Expression {
  const below = (n: number) => Math.floor(random() * n);
  const inner = () => randomExpression(random, depth - 1, isPure);
  const parts = () => Array.from({ length: 1 + below(3) }, inner);
  if (depth === 0) {
    const leaf = below(10);
    if (leaf === 0) return { op: "nothing" };
    if (leaf === 1) return { op: "empty" };
    return { op: "letter", letters: ["a", "b", "ab", "c"][below(4)] as string };
  }
  switch (below(isPure ? 3 : 5)) {
    case 0:
      return { op: "concatenation", parts: parts() };
    case 1:
      return { op: "union", parts: parts() };
    case 2: {
      const min = below(4);
      const max = below(3) === 0 ? Number.POSITIVE_INFINITY : min + below(4);
      return { op: "repetition", part: inner(), min, max };
    }
    case 3:
      return { op: "intersection", parts: parts() };
    default:
      return { op: "complement", part: inner() };
  }
}

/** Every text of up to `length` of the letters. */
export function everyText(letters: string, length: number): string[] {
  const all = [""];
  for (let from = 0, round = 0; round < length; round++) {
    const to = all.length;
    for (; from < to; from++) for (const letter of letters) all.push(`${all[from]}${letter}`);
  }
  return all;
}
