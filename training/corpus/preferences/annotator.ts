import type { Random } from "#dist/random.js";
import { drawNormal, normalCdf } from "../../statistics/normal.js";
import { chance } from "../choice.js";

/** How much better the preferred answer seemed, from the paper's four. */
export const RATINGS = ["significantly better", "better", "slightly better", "negligibly better"] as const;
export type Rating = (typeof RATINGS)[number];

export interface Preference {
  readonly prefersFirst: boolean;
  readonly rating: Rating;
}

/** How annotators err: they see a difference through noise, and now and then mark the other answer. */
export const ANNOTATOR = { noise: 0.15, lapses: 0.05 };
/** Differences above which the first three ratings are given. */
const LEAST = [0.6, 0.35, 0.12] as const;

/** A model of annotators, not of truth. @param difference of the qualities, the first's less the second's */
export function annotate(random: Random, difference: number): Preference {
  const seen = difference + ANNOTATOR.noise * drawNormal(random);
  return { prefersFirst: seen > 0 !== chance(random, ANNOTATOR.lapses), rating: ratingOf(Math.abs(seen)) };
}

function ratingOf(size: number): Rating {
  const place = LEAST.findIndex((least) => size > least);
  return RATINGS[place < 0 ? RATINGS.length - 1 : place] as Rating;
}

/**
 * How probable each rating is for a difference, and a label that agrees with the better answer: what no judge of labels
 * can surpass. Where the answers are equal, half of the labels agree.
 */
export function labelOdds(
  difference: number,
): Readonly<Record<Rating, { readonly given: number; readonly agrees: number }>> {
  const size = Math.abs(difference);
  const between = (from: number, to: number) =>
    normalCdf((to - size) / ANNOTATOR.noise) - normalCdf((from - size) / ANNOTATOR.noise);
  const edges = [Number.POSITIVE_INFINITY, ...LEAST, 0];
  const entries = RATINGS.map((rating, i) => {
    const [to, from] = [edges[i] as number, edges[i + 1] as number];
    const right = between(from, to);
    const wrong = between(-to, -from);
    const given = right + wrong;
    const agrees = (right * (1 - ANNOTATOR.lapses) + wrong * ANNOTATOR.lapses) / given;
    return [rating, { given, agrees }] as const;
  });
  return Object.fromEntries(entries) as ReturnType<typeof labelOdds>;
}
