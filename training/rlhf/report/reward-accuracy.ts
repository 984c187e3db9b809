import { type Estimate, wilson } from "../../statistics/interval.js";
import { compare } from "../annotators.js";
import type { PathContext } from "../context.js";
import { randomFor } from "../seeds.js";
import type { Judged } from "./answers.js";

/** How often reward models agree with the gold preference, where the annotators give a rating. */
export interface RatingAccuracy {
  /** 0 significantly better, 1 better, 2 slightly better, 3 negligibly better or unsure. */
  readonly rating: number;
  readonly pairs: number;
  readonly right: Estimate;
  /** How often the annotators' own labels do: no model that learns from them has to do better. */
  readonly labels: Estimate;
}

/** By rating, over pairs of answers to the same tasks; pairs of the same quality have no preference and are left out. */
export function rewardAccuracy(
  { seed }: PathContext,
  [first, second]: readonly [readonly Judged[], readonly Judged[]],
  [scores, others]: readonly [readonly number[], readonly number[]],
): RatingAccuracy[] {
  const random = randomFor(seed, "held-out annotators");
  const rows = [0, 1, 2, 3].map((rating) => ({ rating, pairs: 0, right: 0, labels: 0 }));
  for (const [i, one] of first.entries()) {
    const other = second[i] as Judged;
    const gold = one.quality - other.quality;
    const comparison = compare(random, one.task, one.answer, other.answer);
    const row = rows[comparison?.rating ?? -1];
    if (comparison === undefined || row === undefined || Math.abs(gold) < 1e-9) continue;
    row.pairs++;
    if ((scores[i] as number) > (others[i] as number) === gold > 0) row.right++;
    if ((comparison.chosen === 0) === gold > 0) row.labels++;
  }
  return rows
    .filter(({ pairs }) => pairs > 0)
    .map(({ rating, pairs, right, labels }) => ({
      rating,
      pairs,
      right: wilson(right, pairs),
      labels: wilson(labels, pairs),
    }));
}
