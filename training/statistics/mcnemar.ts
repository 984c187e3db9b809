/** How two models did on the same questions, where they differed. */
export interface Discordant {
  readonly onlyFirst: number;
  readonly onlySecond: number;
}

export function discordant(first: readonly boolean[], second: readonly boolean[]): Discordant {
  if (first.length !== second.length) throw new RangeError("pairs are of the same questions");
  const count = (wanted: boolean) => first.filter((right, i) => right === wanted && second[i] !== wanted).length;
  return { onlyFirst: count(true), onlySecond: count(false) };
}

/**
 * McNemar's test, exact and two-sided: how probable a split at least so unequal is where both are as good.
 */
export function mcnemar({ onlyFirst, onlySecond }: Discordant): number {
  const n = onlyFirst + onlySecond;
  const fewer = Math.min(onlyFirst, onlySecond);
  let logTerm = -n * Math.LN2;
  let tail = 0;
  for (let k = 0; k <= fewer; k++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((n - k) / (k + 1));
  }
  return Math.min(1, 2 * tail);
}
