import type { Random } from "#dist/random.js";
import { between, chance, pick } from "../../corpus/choice.js";
import { CodeError } from "../language/code-error.js";
import { Interpreter } from "../language/interpreter.js";
import { parseProgram } from "../language/parser.js";
import { type Value, written } from "../language/values.js";
import { drawClassic } from "./classics.js";
import { drawLetters } from "./letters.js";
import { drawLoop } from "./loops.js";
import { drawBranch, drawScale, drawSteps } from "./steps.js";
import { functionLines, type Split, splitOf, type Task } from "./task.js";

/** A function with what is asserted of it. */
export interface CodeExample {
  readonly task: Task;
  /** The comment, the function and those that it calls. */
  readonly code: string;
  /** A line each, as the interpreter found them. */
  readonly asserts: readonly string[];
}

const TEMPLATES = [drawLoop, drawLoop, drawLoop, drawLetters, drawSteps, drawBranch, drawClassic, drawScale] as const;

/** A function of the split that is asked for. */
export function drawTask(random: Random, split: Split): Task {
  for (;;) {
    const task = pick(random, TEMPLATES)(random);
    if (splitOf(task) === split) return task;
  }
}

export function drawExample(random: Random, split: Split): CodeExample {
  for (;;) {
    const task = drawTask(random, split);
    const code = codeOf(task);
    const asserts = drawAsserts(random, task, code, between(random, 2, 3));
    if (asserts !== undefined) return { task, code, asserts };
  }
}

export function textOf({ code, asserts }: CodeExample): string {
  return `${code}${asserts.join("\n")}\n`;
}

/** The comment line and the function, with those that it calls before it; a line break behind each. */
export function codeOf({ name, deed, parameters, helpers, body }: Task): string {
  const functions = [
    ...helpers,
    [`// ${deed.charAt(0).toUpperCase()}${deed.slice(1)}.`, ...functionLines(name, parameters, body)],
  ];
  return functions.map((lines) => `${lines.join("\n")}\n`).join("");
}

/**
 * So many different calls with their results, or undefined where there are not so many that end well: results must be
 * short, and not all the same, for claims that any function meets say nothing.
 */
export function drawAsserts(random: Random, task: Task, code: string, count: number): string[] | undefined {
  const program = parseProgram(code);
  const results = new Map<string, string>();
  for (let attempt = 0; attempt < 6 * count && results.size < count; attempt++) {
    const args = task.drawArguments(random);
    // Functions may write to their arguments.
    const call = `${task.name}(${args.map(written).join(", ")})`;
    const result = resultOf(new Interpreter(program), task.name, args);
    if (result !== undefined) results.set(call, result);
  }
  if (results.size < count || new Set(results.values()).size < 2) return undefined;
  return [...results].map(([call, result]) => `assert(${call}${result});`);
}

/** What stands behind a call in an assertion; lists are compared as texts. */
function resultOf(interpreter: Interpreter, name: string, args: readonly Value[]): string | undefined {
  let value: Value;
  try {
    value = interpreter.call(name, args);
  } catch (error) {
    if (error instanceof CodeError) return undefined;
    throw error;
  }
  if (Array.isArray(value)) return value.length > 8 ? undefined : `.join(" ") === "${value.join(" ")}"`;
  if (typeof value === "number" && (!Number.isInteger(value) || Math.abs(value) > 99_999)) return undefined;
  if (typeof value === "string" && value.length > 24) return undefined;
  return ` === ${written(typeof value === "number" ? value + 0 : value)}`;
}

/** One to three functions, each with its claims. */
export function writeProgram(random: Random, split: Split): string {
  const count = chance(random, 0.7) ? 1 : between(random, 2, 3);
  const examples: CodeExample[] = [];
  while (examples.length < count) {
    const example = drawExample(random, split);
    const names = new Set(namesIn(examples.map(({ code }) => code).join("")));
    if (namesIn(example.code).every((name) => !names.has(name))) examples.push(example);
  }
  return examples.map(textOf).join("\n");
}

/** The functions that a text defines. */
export function namesIn(text: string): string[] {
  return [...text.matchAll(/^function (\w+)\(/gm)].map(([, name]) => name as string);
}
