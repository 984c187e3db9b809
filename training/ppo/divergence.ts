/**
 * The exact KL divergence of distributions, row by row, in nats: sum of p (log p - log q).
 * @param p and q (rows, width) log probabilities
 */
export function exactDivergence(p: Float32Array, q: Float32Array, width: number): number[] {
  return Array.from({ length: p.length / width }, (_, row) => {
    let sum = 0;
    for (let i = row * width; i < (row + 1) * width; i++) {
      sum += Math.exp(p[i] as number) * ((p[i] as number) - (q[i] as number));
    }
    return sum;
  });
}

/** Estimates of it from log p and log q of what was drawn from p (Schulman 2020): both have it for their mean. */
export const k1 = (logP: number, logQ: number): number => logP - logQ;

/** The same, never below 0. */
export const k3 = (logP: number, logQ: number): number => Math.exp(logQ - logP) - 1 + logP - logQ;
