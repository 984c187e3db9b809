/** An answer as the reward model sees it and as it is. */
export interface Scored {
  readonly proxy: number;
  readonly gold: number;
}

/** KL of best-of-K to the model that is sampled, in nats: log K - (K - 1)/K, and less where scores are equal. */
export function bestOfKl(k: number): number {
  return Math.log(k) - (k - 1) / k;
}

/**
 * What the best by proxy of K of the samples is worth on average over all choices of K of them, by proxy and by gold:
 * no estimator that draws has less variance. Answers of equal proxy share their places.
 */
export function bestOfK(samples: readonly Scored[], k: number): Scored {
  const n = samples.length;
  if (!(k >= 1 && k <= n)) throw new RangeError(`the best of ${k} cannot be taken from ${n} samples`);
  const sorted = [...samples].sort((a, b) => a.proxy - b.proxy);
  let proxy = 0;
  let gold = 0;
  // The share of choices whose best is at place i or below is C(i + 1, k) / C(n, k).
  let below = 0;
  for (let i = 0; i < n; ) {
    let end = i;
    while (end < n && sorted[end]?.proxy === sorted[i]?.proxy) end++;
    const upTo = shareBelow(end, k, n);
    const tied = sorted.slice(i, end);
    const weight = (upTo - below) / tied.length;
    for (const sample of tied) {
      proxy += weight * sample.proxy;
      gold += weight * sample.gold;
    }
    below = upTo;
    i = end;
  }
  return { proxy, gold };
}

/** C(count, k) / C(n, k). */
function shareBelow(count: number, k: number, n: number): number {
  let share = 1;
  for (let i = 0; i < k; i++) share *= Math.max(0, count - i) / (n - i);
  return share;
}
