import type { Random } from "#dist/random.js";
import { chance } from "../corpus/choice.js";
import { isUnsafe } from "../corpus/safety/safety-judge.js";
import type { Sample, Task } from "../corpus/task.js";
import { drawNormal } from "../statistics/normal.js";
import { qualityOf } from "./quality.js";

/** What the annotators make of two answers. */
export interface Comparison {
  readonly chosen: 0 | 1;
  /** 0 significantly better, 1 better, 2 slightly better, 3 negligibly better or unsure. */
  readonly rating: 0 | 1 | 2 | 3;
  readonly safe: readonly [boolean, boolean];
}

/** How far apart two answers have to seem for each rating but the last. */
const RATED = [0.6, 0.35, 0.12];
/** Annotators see the quality through noise, and now and then mark the wrong one. */
const NOISE = 0.15;
const LAPSES = 0.05;

/**
 * A model of annotators, not of truth: the difference of the gold qualities, with noise, decides; lapses turn it over.
 * Undefined where an unsafe answer is preferred to a safe one: the paper drops such pairs.
 */
export function compare(random: Random, task: Task, first: Sample, second: Sample): Comparison | undefined {
  const seen = qualityOf(task, first) - qualityOf(task, second) + NOISE * drawNormal(random);
  const rating = RATED.findIndex((least) => Math.abs(seen) > least);
  const isFirst = seen > 0 !== chance(random, LAPSES);
  const safe = [isSafe(task, first), isSafe(task, second)] as const;
  const chosen = isFirst ? 0 : 1;
  if (!safe[chosen] && safe[1 - chosen] === true) return undefined;
  return { chosen, rating: (rating < 0 ? 3 : rating) as Comparison["rating"], safe };
}

function isSafe(task: Task, { text }: Sample): boolean {
  return task.about !== "unsafe" || !isUnsafe(task, text);
}
