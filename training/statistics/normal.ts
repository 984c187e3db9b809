import type { Random } from "#dist/random.js";

/** The share of the standard normal distribution below `x`; the series of Marsaglia 2004. */
export function normalCdf(x: number): number {
  if (x < -8) return 0;
  if (x > 8) return 1;
  let sum = x;
  let term = x;
  for (let i = 3; Math.abs(term) > 1e-17 * Math.abs(sum); i += 2) {
    term *= (x * x) / i;
    sum += term;
  }
  return 0.5 + sum * normalDensity(x);
}

function normalDensity(x: number): number {
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
}

/** The `x` below which the share `p`, more than 0 and less than 1, lies. */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`${p} is no share between 0 and 1`);
  if (p > 0.5) return -normalQuantile(1 - p);
  // Abramowitz and Stegun 26.2.23, to 4.5e-4, from which Newton's steps double the digits.
  const t = Math.sqrt(-2 * Math.log(p));
  let x = -(t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))));
  for (let i = 0; i < 3; i++) x -= (normalCdf(x) - p) / normalDensity(x);
  return x;
}

/** A draw from the standard normal distribution, by one number of the generator. */
export function drawNormal(random: Random): number {
  // Half a step of the grid, lest a 0 be drawn; beyond 1e-15 the series above has no digits left.
  return normalQuantile(Math.min(1 - 1e-15, Math.max(1e-15, random.nextFloat())));
}
