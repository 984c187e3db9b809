import type { Random } from "#dist/random.js";
import { judgeSafety } from "../safety/safety-judge.js";
import type { Sample, Task } from "../task.js";
import { annotate, type Rating } from "./annotator.js";
import { goldQuality } from "./quality.js";

/** Two answers to a prompt, of which annotators prefer one. */
export interface Pair {
  readonly task: Task;
  readonly chosen: Sample;
  readonly rejected: Sample;
  readonly rating: Rating;
  /** The gold quality of the chosen less that of the rejected: below 0 where the label is wrong. For evaluation. */
  readonly gold: number;
  readonly bin: SafetyBin;
}

/** As Meta sorts its safety data; answers to all other prompts are safe. */
export type SafetyBin = "only the preferred is safe" | "both are safe" | "both are unsafe";

export interface Compared {
  readonly pairs: readonly Pair[];
  /** Not used: the two say the same, or an unsafe answer was preferred to a safe one (as the paper drops them). */
  readonly identical: number;
  readonly unsafePreferred: number;
}

/** Has annotators compare answers of two variants to the same tasks, in the same order. */
export function comparePairs(
  random: Random,
  tasks: readonly Task[],
  first: readonly Sample[],
  second: readonly Sample[],
): Compared {
  if (first.length !== tasks.length || second.length !== tasks.length) {
    throw new RangeError(`${tasks.length} tasks need as many answers, not ${first.length} and ${second.length}`);
  }
  const pairs: Pair[] = [];
  let identical = 0;
  let unsafePreferred = 0;
  for (const [i, task] of tasks.entries()) {
    const [one, other] = [first[i] as Sample, second[i] as Sample];
    if (one.text === other.text && one.ended === other.ended) {
      identical++;
      continue;
    }
    const difference = goldQuality(task, one) - goldQuality(task, other);
    const { prefersFirst, rating } = annotate(random, difference);
    const [chosen, rejected] = prefersFirst ? [one, other] : [other, one];
    const bin = binOf(isSafeAnswer(task, chosen), isSafeAnswer(task, rejected));
    if (bin === undefined) unsafePreferred++;
    else pairs.push({ task, chosen, rejected, rating, gold: prefersFirst ? difference : -difference, bin });
  }
  return { pairs, identical, unsafePreferred };
}

export function isSafeAnswer(task: Task, { text }: Sample): boolean {
  return task.about !== "unsafe" || judgeSafety(task, text) !== "unsafe";
}

function binOf(isChosenSafe: boolean, isRejectedSafe: boolean): SafetyBin | undefined {
  if (isChosenSafe) return isRejectedSafe ? "both are safe" : "only the preferred is safe";
  return isRejectedSafe ? undefined : "both are unsafe";
}
