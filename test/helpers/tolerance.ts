import assert from "node:assert/strict";

/** Normalised mean squared error: sum((a - b)^2) / sum(b^2), b the exact values. */
export function nmse(found: ArrayLike<number>, exact: ArrayLike<number>): number {
  assert.equal(found.length, exact.length);
  let error = 0;
  let size = 0;
  for (let i = 0; i < exact.length; i++) {
    const wanted = exact[i] ?? 0;
    error += ((found[i] ?? 0) - wanted) ** 2;
    size += wanted ** 2;
  }
  return error / size;
}

/** Logits of dense weights with f32 activations against float64: llama.cpp itself has up to 2e-12. */
export const DENSE_NMSE = 1e-10;

export function assertNmse(found: ArrayLike<number>, exact: ArrayLike<number>, limit: number, what = "NMSE"): void {
  const error = nmse(found, exact);
  assert.ok(error <= limit, `${what} is ${error}, and ${limit} at most was wanted`);
}

export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) {
    if ((values[i] ?? 0) > (values[best] ?? 0)) best = i;
  }
  return best;
}
