import { Random } from "#dist/random.js";
import type { Estimate } from "./interval.js";

/**
 * A mean over prompts with the percentile bootstrap's interval (Efron, 1979): prompts are what is drawn again, as they
 * are what another evaluation would draw anew. The same values and seed give the same interval.
 */
export function bootstrapMean(values: readonly number[], seed = 1, resamples = 2000): Estimate {
  const means = resampledMeans(values, new Random(seed), resamples);
  return { value: mean(values), low: quantile(means, 0.025), high: quantile(means, 0.975) };
}

function resampledMeans(values: readonly number[], random: Random, resamples: number): number[] {
  const means = Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[Math.floor(random.nextFloat() * values.length)] as number;
    return sum / values.length;
  });
  return means.sort((a, b) => a - b);
}

/**
 * How often the first wins, ties half, with its interval.
 * @param first and second: one quality a prompt, the prompts in the same order
 * @param tie qualities that differ by no more are equal
 */
export function winRate(first: readonly number[], second: readonly number[], seed = 1, tie = 1e-9): Estimate {
  if (first.length !== second.length) throw new RangeError("a win needs two answers to the same prompt");
  return bootstrapMean(
    first.map((quality, i) => outcome(quality - (second[i] as number), tie)),
    seed,
  );
}

function outcome(difference: number, tie: number): number {
  if (Math.abs(difference) <= tie) return 0.5;
  return difference > 0 ? 1 : 0;
}

export function mean(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("nothing has no mean");
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] as number;
  const above = sorted[Math.ceil(place)] as number;
  return below + (above - below) * (place - Math.floor(place));
}
