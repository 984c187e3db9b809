import assert from "node:assert/strict";
import type { Random } from "#dist/random.js";
import { compileTrainingKernels, instantiateTrainingKernels } from "../../../training/network/kernels.js";

export const memory = new WebAssembly.Memory({ initial: 8, maximum: 65536, shared: true });
export const kernels = instantiateTrainingKernels(compileTrainingKernels(), memory);

/** Arrays of f32 in the kernels' memory. */
export class Arrays {
  #end = Math.ceil(kernels.heapBase() / 64) * 64;

  /** Random values, or zeros. */
  make(length: number, random?: Random): { at: number; values: Float32Array } {
    const at = this.#end;
    this.#end += Math.ceil(length / 16) * 64;
    const values = new Float32Array(memory.buffer, at, length);
    for (let i = 0; i < length; i++) values[i] = random === undefined ? 0 : 2 * random.nextFloat() - 1;
    return { at, values };
  }
}

/**
 * Checks the gradient of sum(weights * output) by central differences of fourth order, for each input.
 * @param run writes the output
 * @param gradientOf the gradient that the operator gives for an input
 */
export function checkGradient(
  input: Float32Array,
  run: () => ArrayLike<number>,
  weights: ArrayLike<number>,
  gradient: ArrayLike<number>,
): void {
  const h = 0.02;
  const norm = Math.sqrt(Array.from(gradient).reduce((sum, value) => sum + value * value, 0));
  assert.ok(norm > 1e-2, "the gradient is nothing");
  for (let i = 0; i < input.length; i++) {
    const before = input[i] as number;
    const at = (steps: number) => {
      input[i] = before + steps * h;
      const output = run();
      input[i] = before;
      return Array.from(output).reduce((sum, value, j) => sum + value * (weights[j] as number), 0);
    };
    const slope = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h);
    assert.ok(Math.abs(slope - (gradient[i] as number)) < 2e-3 * Math.max(1, norm), `${i}: ${slope}, ${gradient[i]}`);
  }
}
