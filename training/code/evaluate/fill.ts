import type { Generation } from "#dist/generation/generation.js";
import { sideBySide } from "#dist/generation/side-by-side.js";
import type { Llama } from "#dist/llama.js";
import type { Order } from "../data/infilling.js";
import type { GapTask } from "./gaps.js";
import { passes } from "./judge.js";

/** How many of the gaps were filled with the very text that stood there, and with one that passes. */
export interface FillFigures {
  readonly exact: number;
  readonly passes: number;
  readonly asked: number;
}

export interface FillOptions {
  readonly order: Order;
  readonly tokenHealing: boolean;
  readonly stopAtSuffix: boolean;
}

/** Fills all gaps, greedily. What is more than a line must end by itself; behind a line the rest is cut off. */
export function fillAll(llama: Llama, tasks: readonly GapTask[], options: FillOptions): Promise<FillFigures> {
  return figuresOf(tasks, async ({ kind, prefix, suffix, middle }) => {
    const maxTokens = limitFor(middle);
    const generation = llama.infill({ prefix, suffix }, { ...options, temperature: 0, maxTokens });
    return answerOf(generation, kind === "single line");
  });
}

/**
 * The same with the prefix alone, from left to right, and with more than it could know: the indentation of the first
 * line, and how many lines there were. A random span has no such answer.
 */
export function continueAll(llama: Llama, tasks: readonly GapTask[]): Promise<FillFigures> {
  return figuresOf(tasks, async ({ prefix, middle }) => {
    const lines = middle.split("\n").length;
    const indentation = /^ */.exec(middle)?.[0] ?? "";
    const text = await llama.complete(prefix + indentation, { temperature: 0, maxTokens: limitFor(middle) });
    return indentation + text.split("\n").slice(0, lines).join("\n");
  });
}

/** Tokens: enough for one a character. */
function limitFor(middle: string): number {
  return 16 + middle.length;
}

async function answerOf(generation: Generation, isLine: boolean): Promise<string | undefined> {
  let text = "";
  for await (const piece of generation) {
    text += piece;
    if (isLine && text.includes("\n")) return text.slice(0, text.indexOf("\n"));
  }
  return generation.finishReason === "stop" || isLine ? text : undefined;
}

async function figuresOf(
  tasks: readonly GapTask[],
  fill: (task: GapTask) => Promise<string | undefined>,
): Promise<FillFigures> {
  const results = await sideBySide(tasks, async (task) => {
    const filled = await fill(task);
    return {
      exact: filled === task.middle,
      passes: filled !== undefined && passes(`${task.prefix}${filled}${task.suffix}${task.hidden}`),
    };
  });
  return {
    exact: results.filter(({ exact }) => exact).length,
    passes: results.filter((result) => result.passes).length,
    asked: tasks.length,
  };
}
