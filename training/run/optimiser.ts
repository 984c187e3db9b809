import { FLOAT } from "../network/activations.js";
import type { TrainingKernels } from "../network/kernels.js";
import type { Parameter, ParameterLayout } from "../network/parameters.js";
import type { SharedArrays } from "../network/shared-arrays.js";

/** How one update is made. */
export interface Learning {
  readonly rate: number;
  /** How many updates there were with these moments, from 1. */
  readonly update: number;
  readonly epsilon: number;
}

/** AdamW as "Llama 2" (Touvron et al. 2023, section 2.2) sets it; epsilon is the stage's. */
const BETA1 = 0.9;
const BETA2 = 0.95;
const WEIGHT_DECAY = 0.1;
const LARGEST_NORM = 1;

/**
 * Turns the shards' gradients into a step, every worker for the parameters that are its own. Sums go in an order
 * that does not depend on how many workers there are, so neither does the result.
 */
export class Optimiser {
  readonly #kernels: TrainingKernels;
  readonly #arrays: SharedArrays;
  readonly #own: readonly Parameter[];
  readonly #norms: Float64Array;

  constructor(
    kernels: TrainingKernels,
    memory: WebAssembly.Memory,
    layout: ParameterLayout,
    arrays: SharedArrays,
    worker: number,
    workers: number,
  ) {
    this.#kernels = kernels;
    this.#arrays = arrays;
    this.#own = layout.all.filter((_, index) => index % workers === worker);
    this.#norms = new Float64Array(memory.buffer, arrays.norms, layout.all.length);
    this.#indexOf = new Map(layout.all.map((parameter, index) => [parameter, index]));
  }

  readonly #indexOf: ReadonlyMap<Parameter, number>;

  /** Sums the shards into the first, and notes the squared norm of each parameter's gradient. */
  sumShards(): void {
    const [first, ...others] = this.#arrays.gradients as [number, ...number[]];
    for (const parameter of this.#own) {
      const { offset, size } = extent(parameter);
      for (const other of others) this.#kernels.add(first + offset, other + offset, size);
      this.#norms[this.#indexOf.get(parameter) as number] = this.#kernels.squaredNorm(first + offset, size);
    }
  }

  /** The norm of the gradient of the mean loss; after all workers have summed. */
  gradientNorm(totalWeight: number): number {
    return Math.sqrt(this.#norms.reduce((sum, square) => sum + square, 0)) / totalWeight;
  }

  update({ rate, update, epsilon }: Learning, totalWeight: number): void {
    const { values, means, squares, gradients } = this.#arrays;
    const clipping = Math.min(1, LARGEST_NORM / this.gradientNorm(totalWeight));
    for (const parameter of this.#own) {
      const { offset, size } = extent(parameter);
      this.#kernels.adamw(
        values + offset,
        (gradients[0] as number) + offset,
        means + offset,
        squares + offset,
        size,
        clipping / totalWeight,
        rate,
        parameter.isMatrix ? WEIGHT_DECAY : 0,
        BETA1,
        BETA2,
        1 - BETA1 ** update,
        1 - BETA2 ** update,
        epsilon,
      );
    }
    this.transpose();
  }

  /** Brings the transposed copies of the worker's own matrices up to date. */
  transpose(): void {
    const { values, transposed } = this.#arrays;
    for (const { offset, rows, columns, isMatrix } of this.#own) {
      if (!isMatrix) continue;
      const at = offset * FLOAT;
      this.#kernels.transpose(values + at, columns * FLOAT, transposed + at, rows * FLOAT, rows, columns);
    }
  }
}

/** In bytes and in values. */
function extent({ offset, rows, columns }: Parameter): { offset: number; size: number } {
  return { offset: offset * FLOAT, size: rows * columns };
}
