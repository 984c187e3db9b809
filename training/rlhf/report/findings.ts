import { definedOf } from "#dist/options.js";
import { RATINGS } from "../../corpus/preferences/annotator.js";
import { exactly, type Findings } from "../../evaluation/criteria.js";
import { bestOfK as bestOf, type Scored } from "../../statistics/best-of-k.js";
import { bootstrapMean, winRate } from "../../statistics/bootstrap.js";
import { findTurning, type OptimisationPoint } from "../../statistics/over-optimisation.js";
import type { Judged } from "./answers.js";
import type { RatingAccuracy } from "./reward-accuracy.js";
import type { VersionReport } from "./versions.js";

export interface Judgements {
  readonly versions: readonly VersionReport[];
  readonly ratings: readonly RatingAccuracy[];
  /** Of each version, to the same tasks. */
  readonly judged: readonly (readonly Judged[])[];
  /** Many answers of the first version to each of some tasks. */
  readonly groups: readonly (readonly Scored[])[];
  readonly bestOfK: readonly OptimisationPoint[];
}

/** What the criteria ask for of answers that were judged already. */
export function findAll({ versions, ratings, judged, groups, bestOfK }: Judgements): Findings {
  const accuracies = RATINGS.map((_, rating) => ratings.find((row) => row.rating === rating));
  const [significant, better, slight, negligible] = accuracies.map((row) => row?.right);
  const known = accuracies.filter((row) => row !== undefined);
  // Only what all ratings have can be said of all of them.
  const isComplete = known.length === accuracies.length;
  // The last is PPO's.
  const tuned = versions.slice(1, -1);
  const [rejection1, rejection2, rejection3, rejection4] = tuned.map(({ wins }) => wins);
  const rates = versions.slice(0, Math.min(4, versions.length - 1)).map(({ wins }) => wins.value);
  const [last, before] = [judged.at(-1) ?? [], judged.at(-2) ?? []];
  return {
    ...definedOf({ significant, better, slight, negligible, rejection1, rejection2, rejection3, rejection4 }),
    ...(isComplete && { monotone: exactly(leastStep(known.map(({ right }) => -right.value))) }),
    ...(known.length > 0 && {
      bayes: exactly(Math.min(...known.map(({ right, labels }) => right.value - labels.value))),
    }),
    ...(rates.length === 4 && { rising: exactly(leastStep(rates)) }),
    policy: winRate(
      last.map(({ quality }) => quality),
      before.map(({ quality }) => quality),
    ),
    divergence: exactly((versions.at(-1) as VersionReport).divergence.answer),
    ...(bestOfK.some(({ label }) => label === "16") && {
      bestOf16: bootstrapMean(groups.map((samples) => bestOf(samples, 16).gold - bestOf(samples, 1).gold)),
    }),
    turning: exactly(Number(findTurning(bestOfK).peak.label)),
  };
}

function leastStep(values: readonly number[]): number {
  return Math.min(...values.slice(1).map((value, i) => value - (values[i] as number)));
}
