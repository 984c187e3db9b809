import { type Activations, FLOAT, type LayerActivations, qkvWidth } from "./activations.js";
import type { Batch } from "./batch.js";
import type { TrainingKernels } from "./kernels.js";
import type { ParameterLayout, ParameterName } from "./parameters.js";
import type { Shape } from "./shape.js";

/** Byte addresses of arrays that are laid out as {@link ParameterLayout} says. */
export interface ParameterArrays {
  readonly values: number;
  /** Each matrix transposed, at its own offset. */
  readonly transposed: number;
}

/**
 * The Llama network with its gradients, in f32, for one worker: activations are its own, parameters shared. The
 * steps are those of src/engine/forward.ts; gradients follow by the chain rule, last step first.
 */
export class Network {
  readonly #kernels: TrainingKernels;
  readonly #memory: WebAssembly.Memory;
  readonly #layout: ParameterLayout;
  readonly #shape: Shape;
  readonly #arrays: ParameterArrays;
  readonly #at: Activations;

  /** @param memory large enough for all addresses given */
  constructor(
    kernels: TrainingKernels,
    memory: WebAssembly.Memory,
    layout: ParameterLayout,
    arrays: ParameterArrays,
    activations: Activations,
  ) {
    this.#kernels = kernels;
    this.#memory = memory;
    this.#layout = layout;
    this.#shape = layout.shape;
    this.#arrays = arrays;
    this.#at = activations;
    this.#writeAngles();
  }

  /** The weighted sum of -log p over the batch. */
  loss(batch: Batch): number {
    this.#forward(batch);
    return this.#crossEntropy(batch, 0);
  }

  /**
   * The same, and adds the gradient of `factor` times that sum to the parameters' gradients at `gradients`.
   */
  lossAndGradients(batch: Batch, gradients: number, factor: number): number {
    this.#forward(batch);
    const loss = this.#crossEntropy(batch, factor);
    this.#backward(batch, gradients);
    return loss;
  }

  #writeAngles(): void {
    const { contextLength, headSize, ropeTheta } = this.#shape;
    const table = new Float32Array(this.#memory.buffer, this.#at.angles, contextLength * headSize);
    for (let position = 0; position < contextLength; position++) {
      for (let i = 0; i < headSize; i += 2) {
        const angle = position * ropeTheta ** (-i / headSize);
        table[position * headSize + i] = Math.cos(angle);
        table[position * headSize + i + 1] = Math.sin(angle);
      }
    }
  }

  #forward(batch: Batch): void {
    const { dim, hiddenDim, heads, kvHeads, headSize, normEpsilon } = this.#shape;
    const kernels = this.#kernels;
    const { tokens } = batch;
    this.#copyIn(batch);
    const row = qkvWidth(this.#shape) * FLOAT;
    kernels.embed(this.#value("embedding"), this.#at.ids, this.#at.layers[0]?.input ?? this.#at.last, tokens, dim);
    for (const [index, layer] of this.#at.layers.entries()) {
      const next = this.#at.layers[index + 1]?.input ?? this.#at.last;
      kernels.rmsnorm(
        layer.input,
        this.#value("attentionNorm", index),
        layer.attentionInput,
        layer.inputScales,
        tokens,
        dim,
        normEpsilon,
      );
      this.#multiply("qkv", index, layer.attentionInput, layer.qkv, tokens, false);
      kernels.rotate(layer.qkv, row, this.#at.angles, this.#at.positions, tokens, heads + kvHeads, headSize, 1);
      for (const { query, key, value, head, scores, start, length } of this.#attentions(batch, layer)) {
        const out = layer.attended + (start * heads + head) * headSize * FLOAT;
        const outRow = heads * headSize * FLOAT;
        kernels.attend(
          query,
          key,
          value,
          row,
          out,
          outRow,
          scores,
          this.#at.scratch,
          length,
          headSize,
          headSize ** -0.5,
        );
      }
      this.#copy(layer.input, layer.middle, tokens * dim);
      this.#multiply("output", index, layer.attended, layer.middle, tokens, true);
      kernels.rmsnorm(
        layer.middle,
        this.#value("hiddenNorm", index),
        layer.hiddenInput,
        layer.middleScales,
        tokens,
        dim,
        normEpsilon,
      );
      this.#multiply("gateUp", index, layer.hiddenInput, layer.gateUp, tokens, false);
      kernels.swiglu(layer.gateUp, layer.hidden, tokens, hiddenDim);
      this.#copy(layer.middle, next, tokens * dim);
      this.#multiply("down", index, layer.hidden, next, tokens, true);
    }
    kernels.rmsnorm(
      this.#at.last,
      this.#value("outputNorm"),
      this.#at.lastNormed,
      this.#at.lastScales,
      tokens,
      dim,
      normEpsilon,
    );
    this.#multiply("embedding", -1, this.#at.lastNormed, this.#at.logits, tokens, false);
  }

  #crossEntropy({ tokens }: Batch, factor: number): number {
    const { vocabularySize } = this.#shape;
    return this.#kernels.crossEntropy(
      this.#at.logits,
      this.#at.targets,
      this.#at.weights,
      tokens,
      vocabularySize,
      factor,
    );
  }

  #backward(batch: Batch, gradients: number): void {
    const { dim, hiddenDim, heads, kvHeads, headSize } = this.#shape;
    const kernels = this.#kernels;
    const { tokens } = batch;
    const row = qkvWidth(this.#shape) * FLOAT;
    const gradient = (name: ParameterName, layer = -1) => gradients + this.#layout.get(name, layer).offset * FLOAT;

    this.#clear(this.#at.dx, tokens * dim);
    this.#multiplyBackward("embedding", -1, this.#at.lastNormed, this.#at.logits, this.#at.dNormed, tokens, gradients);
    kernels.rmsnormBackward(
      this.#at.last,
      this.#value("outputNorm"),
      this.#at.lastScales,
      this.#at.dNormed,
      this.#at.dx,
      gradient("outputNorm"),
      tokens,
      dim,
    );
    for (const [index, layer] of [...this.#at.layers.entries()].reverse()) {
      // dx passes both residual connections unchanged, and each branch adds its part to it.
      this.#multiplyBackward("down", index, layer.hidden, this.#at.dx, this.#at.dHidden, tokens, gradients);
      kernels.swigluBackward(layer.gateUp, this.#at.dHidden, this.#at.dWide, tokens, hiddenDim);
      this.#multiplyBackward("gateUp", index, layer.hiddenInput, this.#at.dWide, this.#at.dNormed, tokens, gradients);
      kernels.rmsnormBackward(
        layer.middle,
        this.#value("hiddenNorm", index),
        layer.middleScales,
        this.#at.dNormed,
        this.#at.dx,
        gradient("hiddenNorm", index),
        tokens,
        dim,
      );

      const dAttended = this.#at.dNormed;
      this.#multiplyBackward("output", index, layer.attended, this.#at.dx, dAttended, tokens, gradients);
      this.#clear(this.#at.dWide, tokens * qkvWidth(this.#shape));
      for (const { query, key, value, head, scores, start, length } of this.#attentions(batch, layer)) {
        const toGradient = this.#at.dWide - layer.qkv;
        kernels.attendBackward(
          query,
          key,
          value,
          row,
          scores,
          dAttended + (start * heads + head) * headSize * FLOAT,
          heads * headSize * FLOAT,
          query + toGradient,
          key + toGradient,
          value + toGradient,
          this.#at.scratch,
          this.#at.scratch + headSize * (this.#shape.contextLength + 8) * FLOAT,
          length,
          headSize,
          headSize ** -0.5,
        );
      }
      kernels.rotate(this.#at.dWide, row, this.#at.angles, this.#at.positions, tokens, heads + kvHeads, headSize, -1);
      this.#multiplyBackward("qkv", index, layer.attentionInput, this.#at.dWide, this.#at.dNormed, tokens, gradients);
      kernels.rmsnormBackward(
        layer.input,
        this.#value("attentionNorm", index),
        layer.inputScales,
        this.#at.dNormed,
        this.#at.dx,
        gradient("attentionNorm", index),
        tokens,
        dim,
      );
    }
    kernels.embedBackward(gradient("embedding"), this.#at.ids, this.#at.dx, tokens, dim);
  }

  /** Every document's every query head: where its rows begin. */
  *#attentions({ documents }: Batch, { qkv, attention }: LayerActivations) {
    const { heads, kvHeads, headSize } = this.#shape;
    let scores = attention;
    for (const { start, length } of documents) {
      const first = qkv + start * qkvWidth(this.#shape) * FLOAT;
      for (let head = 0; head < heads; head++) {
        const kvHead = Math.floor((head * kvHeads) / heads);
        yield {
          start,
          length,
          head,
          query: first + head * headSize * FLOAT,
          key: first + (heads + kvHead) * headSize * FLOAT,
          value: first + (heads + kvHeads + kvHead) * headSize * FLOAT,
          scores,
        };
        scores += length * Math.ceil(length / 8) * 8 * FLOAT;
      }
    }
  }

  /** out (tokens, rows) = x (tokens, columns) W^T, or += */
  #multiply(name: ParameterName, layer: number, x: number, out: number, tokens: number, adds: boolean): void {
    const { offset, rows, columns } = this.#layout.get(name, layer);
    const transposed = this.#arrays.transposed + offset * FLOAT;
    this.#kernels.gemm(
      x,
      columns * FLOAT,
      FLOAT,
      transposed,
      rows * FLOAT,
      out,
      rows * FLOAT,
      tokens,
      rows,
      columns,
      adds,
    );
  }

  /** dx (tokens, columns) = dOut (tokens, rows) W, and dW += dOut^T x */
  #multiplyBackward(
    name: ParameterName,
    layer: number,
    x: number,
    dOut: number,
    dx: number,
    tokens: number,
    gradients: number,
  ): void {
    const { offset, rows, columns } = this.#layout.get(name, layer);
    const w = this.#arrays.values + offset * FLOAT;
    const dw = gradients + offset * FLOAT;
    const [wide, narrow] = [rows * FLOAT, columns * FLOAT];
    this.#kernels.gemm(dOut, wide, FLOAT, w, narrow, dx, narrow, tokens, columns, rows, false);
    this.#kernels.gemm(dOut, FLOAT, wide, x, narrow, dw, narrow, rows, columns, tokens, true);
  }

  #value(name: ParameterName, layer = -1): number {
    return this.#arrays.values + this.#layout.get(name, layer).offset * FLOAT;
  }

  #copyIn({ tokens, ids, targets, weights, positions }: Batch): void {
    const { buffer } = this.#memory;
    new Uint32Array(buffer, this.#at.ids, tokens).set(ids.subarray(0, tokens));
    new Uint32Array(buffer, this.#at.targets, tokens).set(targets.subarray(0, tokens));
    new Float32Array(buffer, this.#at.weights, tokens).set(weights.subarray(0, tokens));
    new Uint32Array(buffer, this.#at.positions, tokens).set(positions.subarray(0, tokens));
  }

  #copy(from: number, to: number, floats: number): void {
    new Uint8Array(this.#memory.buffer).copyWithin(to, from, from + floats * FLOAT);
  }

  #clear(address: number, floats: number): void {
    new Float32Array(this.#memory.buffer, address, floats).fill(0);
  }
}
