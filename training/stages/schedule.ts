/** How one phase of training goes. */
export interface Schedule {
  readonly steps: number;
  /** Highest learning rate, reached after `warmup` steps. */
  readonly rate: number;
  readonly warmup: number;
  /** The last learning rate, as a part of the highest. */
  readonly floor: number;
}

/** The learning rate of a step, from 0: linear warm-up, then half a cosine (Loshchilov and Hutter 2017). */
export function learningRate({ steps, rate, warmup, floor }: Schedule, step: number): number {
  if (step < warmup) return (rate * (step + 1)) / warmup;
  const done = (step - warmup) / Math.max(1, steps - 1 - warmup);
  return rate * (floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, done))));
}
