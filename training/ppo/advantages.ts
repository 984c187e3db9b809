/**
 * Generalised advantage estimation (Schulman et al. 2016): A_t = sum over l of (gamma lambda)^l delta_(t+l), with
 * delta_t = r_t + gamma V_(t+1) - V_t and nothing behind the last token. Returns are A_t + V_t.
 * @param rewards (tokens,)
 * @param values (tokens,) of the state before each token
 */
export function generalisedAdvantages(
  rewards: readonly number[],
  values: readonly number[],
  gamma: number,
  lambda: number,
): { advantages: number[]; returns: number[] } {
  const advantages: number[] = [];
  let next = 0;
  for (let t = rewards.length - 1; t >= 0; t--) {
    const delta = (rewards[t] as number) + gamma * (values[t + 1] ?? 0) - (values[t] as number);
    next = delta + gamma * lambda * next;
    advantages[t] = next;
  }
  return { advantages, returns: advantages.map((advantage, t) => advantage + (values[t] as number)) };
}

/** Below this a variance is rounding: what is alike everywhere says nothing, and is not blown up to say something. */
const LEAST_VARIANCE = 1e-12;

/**
 * Numbers with mean 0 and variance 1 over those that count; the others, and all where there is no variance, are 0.
 * @param counts which count; all, where it is absent
 */
export function whiten(numbers: readonly number[], counts?: readonly boolean[]): number[] {
  const counting = numbers.filter((_, i) => counts?.[i] ?? true);
  const mean = counting.reduce((sum, value) => sum + value, 0) / counting.length;
  const variance = counting.reduce((sum, value) => sum + (value - mean) ** 2, 0) / counting.length;
  // Not so either where none counts: the variance is no number then.
  const scale = variance > LEAST_VARIANCE ? 1 / Math.sqrt(variance) : 0;
  return numbers.map((value, i) => ((counts?.[i] ?? true) ? (value - mean) * scale : 0));
}
