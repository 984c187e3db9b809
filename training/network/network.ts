import type { Activations } from "./activations.js";
import { attendDocuments, attendDocumentsBackward } from "./attention.js";
import { backward } from "./backward.js";
import { forward } from "./forward.js";
import type { Head, Measure, NetworkInput, NetworkOutput, Objective } from "./output.js";
import type { Weights } from "./weights.js";

/** The Llama network with its gradients, in f32, for one worker: activations are its own, parameters shared. */
export class Network {
  readonly #weights: Weights;
  readonly #at: Activations;

  constructor(weights: Weights, activations: Activations) {
    this.#weights = weights;
    this.#at = activations;
    this.#writeAngles();
  }

  /** What the objective says of the network's output for a batch. */
  measure(input: NetworkInput, objective: Objective): Measure {
    return objective.measure(this.read(input, objective.head), input, 0);
  }

  /**
   * The same, and adds the gradient of `factor` times its loss to the parameters' gradients at `gradients`.
   */
  measureAndLearn(input: NetworkInput, objective: Objective, gradients: number, factor: number): Measure {
    const measure = objective.measure(this.read(input, objective.head), input, factor);
    this.#backward(input, objective.head, gradients);
    return measure;
  }

  /** The network's output for a batch, in its memory until the next one. */
  read(input: NetworkInput, head: Head): NetworkOutput {
    const { tokens, documents } = input;
    const { kernels, memory, shape } = this.#weights;
    const at = this.#at;
    this.#copyIn(input);
    forward(this.#weights, at, tokens, (layer) => attendDocuments(this.#weights, at, documents, layer));
    const { targets, weights, signals, figures } = at;
    if (head === "scalar") {
      kernels.dotRows(at.lastNormed, this.#weights.address("head"), at.logits, tokens, shape.dim);
    } else {
      this.#weights.multiply("embedding", -1, at.lastNormed, at.logits, tokens, false);
    }
    const width = head === "scalar" ? 1 : shape.vocabularySize;
    return { kernels, memory, values: at.logits, targets, weights, signals, figures, width };
  }

  /** From the gradient of the output, which stands in its place. */
  #backward({ tokens, documents }: NetworkInput, head: Head, gradients: number): void {
    const at = this.#at;
    const { kernels, shape } = this.#weights;
    if (head === "scalar") {
      const gradient = this.#weights.address("head", -1, gradients);
      const w = this.#weights.address("head");
      kernels.dotRowsBackward(at.lastNormed, w, at.logits, at.dNormed, gradient, tokens, shape.dim);
    } else {
      this.#weights.multiplyBackward("embedding", -1, at.lastNormed, at.logits, at.dNormed, tokens, gradients);
    }
    backward(this.#weights, at, tokens, gradients, (layer, dAttended) =>
      attendDocumentsBackward(this.#weights, at, documents, layer, dAttended),
    );
  }

  #copyIn({ tokens, ids, targets, weights, positions, signals }: NetworkInput): void {
    const { buffer } = this.#weights.memory;
    new Uint32Array(buffer, this.#at.ids, tokens).set(ids.subarray(0, tokens));
    new Uint32Array(buffer, this.#at.targets, tokens).set(targets.subarray(0, tokens));
    new Float32Array(buffer, this.#at.weights, tokens).set(weights.subarray(0, tokens));
    new Uint32Array(buffer, this.#at.positions, tokens).set(positions.subarray(0, tokens));
    for (const [index, signal] of signals.entries()) {
      new Float32Array(buffer, this.#at.signals[index], tokens).set(signal.subarray(0, tokens));
    }
  }

  #writeAngles(): void {
    const { contextLength, headSize, ropeTheta } = this.#weights.shape;
    const table = new Float32Array(this.#weights.memory.buffer, this.#at.angles, contextLength * headSize);
    for (let position = 0; position < contextLength; position++) {
      for (let i = 0; i < headSize; i += 2) {
        const angle = position * ropeTheta ** (-i / headSize);
        table[position * headSize + i] = Math.cos(angle);
        table[position * headSize + i + 1] = Math.sin(angle);
      }
    }
  }
}
