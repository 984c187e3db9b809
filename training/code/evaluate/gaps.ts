import type { Random } from "#dist/random.js";
import { between } from "../../corpus/choice.js";
import { drawAsserts, drawExample, textOf } from "../corpus/program.js";
import type { Split } from "../corpus/task.js";

/** One line, several lines, or any characters of a function's body, as the benchmarks of "Code Llama" have them. */
export const GAP_KINDS = ["single line", "multiple lines", "random span"] as const;
export type GapKind = (typeof GAP_KINDS)[number];

/** A gap in a function, and what the program must meet when it is filled. */
export interface GapTask {
  readonly kind: GapKind;
  readonly prefix: string;
  readonly middle: string;
  readonly suffix: string;
  /** Claims that the model does not see. */
  readonly hidden: string;
}

const HIDDEN = 6;

/** A gap in the body of a function of the split: the comment and two or three claims are seen. */
export function drawGap(random: Random, kind: GapKind, split: Split): GapTask {
  for (;;) {
    const example = drawExample(random, split);
    const asserts = drawAsserts(random, example.task, example.code, HIDDEN);
    if (asserts === undefined) continue;
    const text = textOf(example);
    const body = bodyOf(text, example.task.name);
    const [from, to] = kind === "random span" ? spanIn(random, body) : linesIn(random, text, body, kind);
    const middle = text.slice(from, to);
    if (middle.trim() === "") continue;
    return { kind, prefix: text.slice(0, from), middle, suffix: text.slice(to), hidden: `${asserts.join("\n")}\n` };
  }
}

type Span = readonly [from: number, to: number];

/** From the first line behind the function's head to its closing brace. */
function bodyOf(text: string, name: string): Span {
  const from = text.indexOf("\n", text.indexOf(`function ${name}(`)) + 1;
  return [from, text.indexOf("\n}\n", from) + 1];
}

function spanIn(random: Random, [start, end]: Span): Span {
  const [a, b] = [between(random, start, end - 1), between(random, start, end - 1)];
  return [Math.min(a, b), Math.max(a, b)];
}

/** Whole lines without the last line break; lines of a brace alone are no gap of their own. */
function linesIn(random: Random, text: string, [start, end]: Span, kind: GapKind): Span {
  const lines = text.slice(start, end).split("\n").slice(0, -1);
  const first = between(random, 0, lines.length - 1);
  const last = kind === "single line" ? first : between(random, first, lines.length - 1);
  const before = lines.slice(0, first).reduce((sum, line) => sum + line.length + 1, start);
  const inside = lines.slice(first, last + 1).join("\n");
  const isBrace = /^\s*\}?$/.test(inside);
  return isBrace || (kind === "multiple lines" && first === last) ? [start, start] : [before, before + inside.length];
}
