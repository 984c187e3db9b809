import { sideBySide } from "#dist/generation/side-by-side.js";
import type { Llama } from "#dist/llama.js";
import { Random } from "#dist/random.js";
import { drawAsserts, drawExample } from "../corpus/program.js";
import { questionFor } from "../corpus/prose.js";
import type { Split } from "../corpus/task.js";
import { promptOf } from "../data/texts.js";
import { passes } from "./judge.js";
import { passAtK } from "./pass-at-k.js";

/** Something to write, and what judges it. */
export interface Problem {
  readonly question: string;
  /** The comment and the function's head: what a model completes that knows no questions. */
  readonly head: string;
  readonly tests: string;
}

const TESTS = 6;
const END = "\n}\n";

export function drawProblems(seed: number, split: Split, count: number): Problem[] {
  const random = new Random(seed);
  const problems = new Map<string, Problem>();
  while (problems.size < count) {
    const { task, code } = drawExample(random, split);
    const tests = drawAsserts(random, task, code, TESTS);
    // What calls other functions would have to begin with them.
    if (tests === undefined || task.helpers.length > 0 || problems.has(task.meaning)) continue;
    const head = code.slice(0, code.indexOf("{\n") + 1);
    problems.set(task.meaning, { question: questionFor(random, task), head, tests: `${tests.join("\n")}\n` });
  }
  return [...problems.values()];
}

/** Writes an answer to a problem; undefined where none came to an end. */
export type Solver = (llama: Llama, problem: Problem, sampling: Sampling) => Promise<string | undefined>;

export interface Sampling {
  readonly seed: number;
  readonly temperature: number;
}

const MOST_TOKENS = 200;

/** Completes the function's head. */
export const complete: Solver = async (llama, { head }, sampling) => {
  const generation = llama.generate(head, { ...sampling, maxTokens: MOST_TOKENS, stop: [END] });
  let text = "";
  for await (const piece of generation) text += piece;
  return generation.finishReason === "stop" ? `${head}${text}${END}` : undefined;
};

/** Answers the question. */
export const answer: Solver = async (llama, { question }, sampling) => {
  const generation = llama.generate(promptOf(question), { ...sampling, maxTokens: MOST_TOKENS });
  let text = "";
  for await (const piece of generation) text += piece;
  return generation.finishReason === "stop" ? `${text.trim()}\n` : undefined;
};

export interface PassFigures {
  /** Means over the problems. */
  readonly pass1: number;
  readonly pass10: number;
  readonly problems: number;
  readonly samples: number;
}

/** pass@1 and pass@10 by some samples of each problem. */
export async function passRates(
  llama: Llama,
  problems: readonly Problem[],
  solver: Solver,
  samples: number,
  temperature: number,
): Promise<PassFigures> {
  let [pass1, pass10] = [0, 0];
  for (const problem of problems) {
    const seeds = Array.from({ length: samples }, (_, i) => i + 1);
    const results = await sideBySide(seeds, async (seed) => {
      const solution = await solver(llama, problem, { seed, temperature });
      return solution !== undefined && passes(solution + problem.tests);
    });
    const passed = results.filter(Boolean).length;
    pass1 += passAtK(samples, passed, 1) / problems.length;
    pass10 += passAtK(samples, passed, Math.min(10, samples)) / problems.length;
  }
  return { pass1, pass10, problems: problems.length, samples };
}
