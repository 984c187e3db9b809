/** A figure and where it lies with a confidence of 95 %. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export const Z_95 = 1.959963984540054;

/** Wilson's score interval of a share (1927): unlike the textbook's, it is right near 0 and 1. */
export function wilson(successes: number, trials: number): Estimate {
  if (!(trials > 0 && successes >= 0 && successes <= trials))
    throw new RangeError(`${successes} of ${trials} is no share`);
  const share = successes / trials;
  const zz = Z_95 ** 2 / trials;
  const middle = (share + zz / 2) / (1 + zz);
  const half = (Z_95 * Math.sqrt((share * (1 - share)) / trials + zz / (4 * trials))) / (1 + zz);
  return {
    value: share,
    low: successes === 0 ? 0 : middle - half,
    high: successes === trials ? 1 : middle + half,
  };
}
