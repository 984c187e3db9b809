import { RATINGS } from "../../corpus/preferences/annotator.js";
import { comparePairs } from "../../corpus/preferences/pairs.js";
import { type Estimate, wilson } from "../../statistics/interval.js";
import type { PathContext } from "../context.js";
import type { Described } from "../preferences.js";
import { randomFor } from "../seeds.js";
import type { Judged } from "./answers.js";

/** How often reward models agree with the gold preference, where the annotators give a rating. */
export interface RatingAccuracy {
  /** Its place among RATINGS. */
  readonly rating: number;
  readonly pairs: number;
  readonly right: Estimate;
  /** How often the annotators' own labels do: no model that learns from them has to do better. */
  readonly labels: Estimate;
}

/** By rating, over pairs of answers to the same tasks; pairs of equal quality have no preference and are left out. */
export function rewardAccuracy(
  { seed }: PathContext,
  [first, second]: readonly [readonly Judged[], readonly Judged[]],
  [scores, others]: readonly [readonly number[], readonly number[]],
): RatingAccuracy[] {
  const random = randomFor(seed, "held-out annotators");
  const tasks = first.map(({ task }) => task);
  const answersOf = (list: readonly Judged[]) => list.map(({ answer }) => answer);
  const { pairs } = comparePairs(random, tasks, answersOf(first), answersOf(second));
  const scoreOf = new Map([
    ...first.map(({ answer }, i) => [answer, scores[i] as number] as const),
    ...second.map(({ answer }, i) => [answer, others[i] as number] as const),
  ]);
  return RATINGS.flatMap((rating, place) => {
    const rated = pairs.filter((pair) => pair.rating === rating && Math.abs(pair.gold) > 1e-9);
    if (rated.length === 0) return [];
    const right = rated.filter(({ chosen, rejected, gold }) => {
      const lead = (scoreOf.get(chosen as Described) as number) - (scoreOf.get(rejected as Described) as number);
      return lead > 0 === gold > 0;
    });
    const labels = rated.filter(({ gold }) => gold > 0);
    const share = (some: readonly unknown[]) => wilson(some.length, rated.length);
    return [{ rating: place, pairs: rated.length, right: share(right), labels: share(labels) }];
  });
}
