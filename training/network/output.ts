import type { TrainingKernels } from "./kernels.js";

/** First token and number of tokens of a document in a batch. */
export interface DocumentSpan {
  readonly start: number;
  readonly length: number;
}

/** What the network reads: documents side by side. `training/data/batch.ts` makes them. */
export interface NetworkInput {
  readonly tokens: number;
  readonly documents: readonly DocumentSpan[];
  /** (tokens,) what is read, and where in its document it stands. */
  readonly ids: Uint32Array;
  readonly positions: Uint32Array;
  /** (tokens,) what should follow, and how much that counts; what else an objective wants to know of a token. */
  readonly targets: Uint32Array;
  readonly weights: Float32Array;
  readonly signals: readonly Float32Array[];
}

/**
 * What the network made of its input, in its memory: `language` is a row of logits a token, (tokens, vocabulary);
 * `scalar` one number a token, (tokens,).
 */
export interface NetworkOutput {
  readonly kernels: TrainingKernels;
  readonly memory: WebAssembly.Memory;
  /** Byte addresses. */
  readonly values: number;
  readonly targets: number;
  readonly weights: number;
  readonly signals: readonly number[];
  /** Four f64 for what a kernel says beside its loss. */
  readonly figures: number;
  /** Numbers a token. */
  readonly width: number;
}

export type Head = "language" | "scalar";

/** Sums over what was measured; `loss` is what is made small. */
export interface Measure {
  readonly loss: number;
  readonly [name: string]: number;
}

/** A loss of the network's output, and its gradient. */
export interface Objective {
  readonly head: Head;
  /** The loss summed by weight; the gradient of `factor` times it takes the place of the output. */
  measure(output: NetworkOutput, input: NetworkInput, factor: number): Measure;
}
