import { createHash } from "node:crypto";
import type { Random } from "#dist/random.js";
import type { Value } from "../language/values.js";

/** A function that somebody could ask for, and one way to write it. */
export interface Task {
  /** What it computes, however it is named and written: what is held out is held out in every wording. */
  readonly meaning: string;
  /** The two templates that were put together, such as an action and a condition. */
  readonly pair: string;
  readonly name: string;
  /** What it does, as in "adds up the even numbers in xs". */
  readonly deed: string;
  readonly parameters: readonly string[];
  /** Functions that it calls, each as its lines. */
  readonly helpers: readonly Lines[];
  readonly body: Lines;
  readonly drawArguments: (random: Random) => Value[];
}

/** Lines of code; what is in a block is indented by two spaces. */
export type Lines = readonly string[];

/** A block with its braces, and perhaps what is done otherwise. */
export function block(head: string, inside: Lines, otherwise?: Lines): string[] {
  const indented = (lines: Lines) => lines.map((line) => `  ${line}`);
  const rest = otherwise === undefined ? ["}"] : ["} else {", ...indented(otherwise), "}"];
  return [`${head} {`, ...indented(inside), ...rest];
}

export function functionLines(name: string, parameters: readonly string[], body: Lines): string[] {
  return block(`function ${name}(${parameters.join(", ")})`, body);
}

export const CLASSIC = "classic";

/** Where a task belongs: what is learned, what is held out, and what joins two templates that are never learned so. */
export type Split = "training" | "held-out functions" | "unseen pairs";

/** Functions that are known by a name alone are learned, all of them: nobody could guess one that was held out. */
export function splitOf({ meaning, pair }: Pick<Task, "meaning" | "pair">): Split {
  if (pair === CLASSIC) return "training";
  if (share(`pair ${pair}`) % 10 === 0) return "unseen pairs";
  return share(`meaning ${meaning}`) % 12 === 0 ? "held-out functions" : "training";
}

/** A number that only the text decides. */
function share(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32LE();
}

/** A name in camel case of its parts. */
export function camel(...parts: readonly string[]): string {
  const [first = "", ...others] = parts.filter((part) => part !== "");
  return first + others.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join("");
}
