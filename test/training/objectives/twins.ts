/** The objectives once more, plainly and in double precision: what kernels and gradients are compared with. */

/** log softmax of a row, at one of its ids. */
export function logProbability(row: readonly number[], id: number): number {
  const highest = Math.max(...row);
  const sum = row.reduce((total, logit) => total + Math.exp(logit - highest), 0);
  return (row[id] as number) - highest - Math.log(sum);
}

export interface Token {
  readonly target: number;
  readonly weight: number;
  readonly old: number;
  /** The advantage, or the return. */
  readonly aim: number;
}

/** Schulman et al. 2017, equation 7, to be made small. */
export function policyLoss(logits: readonly (readonly number[])[], tokens: readonly Token[], clip: number): number {
  return tokens.reduce((sum, { target, weight, old, aim }, t) => {
    const ratio = Math.exp(logProbability(logits[t] as number[], target) - old);
    const clamped = Math.min(Math.max(ratio, 1 - clip), 1 + clip);
    return sum - weight * Math.min(ratio * aim, clamped * aim);
  }, 0);
}

export function valueLoss(values: readonly number[], tokens: readonly Token[], clip: number): number {
  return tokens.reduce((sum, { weight, old, aim }, t) => {
    const value = values[t] as number;
    const held = old + Math.min(Math.max(value - old, -clip), clip);
    return sum + weight * 0.5 * Math.max((value - aim) ** 2, (held - aim) ** 2);
  }, 0);
}

export interface Pair {
  readonly weight: number;
  readonly margin: number;
  /** Whether the chosen and the rejected answer are safe. */
  readonly safe: readonly [number, number];
}

const logSigmoid = (x: number) => -Math.log(1 + Math.exp(-x));

/** @param scores of chosen and rejected in turn */
export function rankingLoss(scores: readonly number[], pairs: readonly Pair[], auxiliary: number): number {
  return pairs.reduce((sum, { weight, margin, safe }, i) => {
    const [chosen, rejected] = [scores[2 * i] as number, scores[2 * i + 1] as number];
    const judged = [chosen, rejected].map((score, j) => {
      const isSafe = safe[j] as number;
      return -(isSafe * logSigmoid(score) + (1 - isSafe) * logSigmoid(-score));
    });
    const classes = (judged[0] as number) + (judged[1] as number);
    return sum + weight * (-logSigmoid(chosen - rejected - margin) + auxiliary * classes);
  }, 0);
}

/** The slope of f at x along each of its coordinates, by central differences of fourth order. */
export function slopes(x: readonly number[], f: (x: readonly number[]) => number): number[] {
  const h = 1e-3;
  return x.map((_, i) => {
    const at = (steps: number) => f(x.map((value, j) => (i === j ? value + steps * h : value)));
    return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h);
  });
}
