import type { Random } from "#dist/random.js";
import { pick } from "../../corpus/choice.js";
import { drawExample } from "./program.js";
import type { Task } from "./task.js";

/** What somebody says to have the function written. */
export function questionFor(random: Random, { name, deed, parameters }: Task): string {
  const takes = parameters.join(" and ");
  return pick(random, [
    `Write a function ${name} that ${deed}.`,
    `I need a function ${name} of ${takes}: it ${deed}.`,
    `Please write ${name}(${parameters.join(", ")}), which ${deed}.`,
  ]);
}

/** Sentences about a function, with what it gives for some arguments: the share of natural language about code. */
export function writeProse(random: Random): string {
  const { task, asserts } = drawExample(random, "training");
  const calls = asserts.map((line) => line.slice("assert(".length, -");".length));
  const examples = calls.map((call) => call.replace('.join(" ") === ', " is the list ").replace(" === ", " is "));
  return pick(random, [
    `The function ${task.name} ${task.deed}. So ${examples.join(", and ")}.\n`,
    `To see what ${task.name} does: it ${task.deed}. For example, ${examples.join(", and ")}.\n`,
    `Question: what does ${task.name} do? Answer: it ${task.deed}.\n`,
  ]);
}
