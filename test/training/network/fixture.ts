import { Random } from "#dist/random.js";
import { Batch } from "../../../training/data/batch.js";
import { Arena, planActivations } from "../../../training/network/activations.js";
import {
  compileTrainingKernels,
  HAS_WIDE_TILES,
  instantiateTrainingKernels,
  type TrainingKernels,
} from "../../../training/network/kernels.js";
import { Network } from "../../../training/network/network.js";
import type { NetworkInput, Objective } from "../../../training/network/output.js";
import { ParameterLayout } from "../../../training/network/parameters.js";
import type { Shape } from "../../../training/network/shape.js";
import { Weights } from "../../../training/network/weights.js";
import { crossEntropy } from "../../../training/objectives/cross-entropy.js";

/** Two layers, grouped queries, and documents that fill no block of the kernels evenly. */
export const SMALL_SHAPE: Shape = {
  vocabularySize: 40,
  dim: 16,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headSize: 8,
  hiddenDim: 24,
  contextLength: 64,
  ropeTheta: 10000,
  normEpsilon: 1e-5,
};

/** A network on memory of its own, with its parameters and gradients as views. */
export class SmallNetwork {
  readonly kernels: TrainingKernels;
  readonly layout: ParameterLayout;
  readonly parameters: Float32Array;
  readonly gradients: Float32Array;
  readonly #network: Network;
  readonly #arrays: { readonly values: number; readonly transposed: number };
  readonly #gradients: number;

  constructor(shape: Shape, capacity: number, seed = 1) {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
    this.kernels = instantiateTrainingKernels(compileTrainingKernels(), memory);
    this.layout = new ParameterLayout(shape);
    const arena = new Arena(this.kernels.heapBase());
    this.#arrays = { values: arena.take(this.layout.size), transposed: arena.take(this.layout.size) };
    this.#gradients = arena.take(this.layout.size);
    this.kernels.prepareGemm(arena.take(this.kernels.panelSize()), HAS_WIDE_TILES);
    const activations = planActivations(shape, capacity, arena);
    memory.grow(Math.ceil(arena.end / 65536));
    this.#network = new Network(new Weights(this.kernels, memory, this.layout, this.#arrays), activations);
    this.parameters = new Float32Array(memory.buffer, this.#arrays.values, this.layout.size);
    this.gradients = new Float32Array(memory.buffer, this.#gradients, this.layout.size);
    this.layout.initialise(this.parameters, new Random(seed));
  }

  loss(batch: NetworkInput, objective: Objective = crossEntropy): number {
    this.#transpose();
    return this.#network.measure(batch, objective).loss;
  }

  lossAndGradients(batch: NetworkInput, objective: Objective = crossEntropy): number {
    this.#transpose();
    this.gradients.fill(0);
    return this.#network.measureAndLearn(batch, objective, this.#gradients, 1).loss;
  }

  #transpose(): void {
    for (const { offset, rows, columns, isMatrix } of this.layout.all) {
      if (!isMatrix) continue;
      const from = this.#arrays.values + offset * 4;
      this.kernels.transpose(from, columns * 4, this.#arrays.transposed + offset * 4, rows * 4, rows, columns);
    }
  }
}

/** Documents of random ids; some predictions count half or nothing. */
export function randomBatch(shape: Shape, lengths: readonly number[], seed = 2): Batch {
  const random = new Random(seed);
  const batch = new Batch(lengths.reduce((sum, length) => sum + length, 0));
  for (const length of lengths) {
    const ids = Array.from({ length: length + 1 }, () => Math.floor(random.nextFloat() * shape.vocabularySize));
    batch.add({ ids, weights: ids.map((_, i) => [1, 0.5, 0][i % 3] as number) });
  }
  return batch;
}
