import { FLOAT } from "./activations.js";
import type { TrainingKernels } from "./kernels.js";
import type { ParameterLayout, ParameterName } from "./parameters.js";
import type { Shape } from "./shape.js";

/** Byte addresses of arrays that are laid out as {@link ParameterLayout} says. */
export interface ParameterArrays {
  readonly values: number;
  /** Each matrix transposed, at its own offset. */
  readonly transposed: number;
}

/** The parameters in memory, and products with them. */
export class Weights {
  readonly kernels: TrainingKernels;
  readonly memory: WebAssembly.Memory;
  readonly shape: Shape;
  readonly #layout: ParameterLayout;
  readonly #arrays: ParameterArrays;

  /** @param memory large enough for all addresses given */
  constructor(kernels: TrainingKernels, memory: WebAssembly.Memory, layout: ParameterLayout, arrays: ParameterArrays) {
    this.kernels = kernels;
    this.memory = memory;
    this.shape = layout.shape;
    this.#layout = layout;
    this.#arrays = arrays;
  }

  /** The address of a parameter; of its gradient, with the address of all gradients as `base`. */
  address(name: ParameterName, layer = -1, base = this.#arrays.values): number {
    return base + this.#layout.get(name, layer).offset * FLOAT;
  }

  /** out (tokens, rows) = x (tokens, columns) W^T, or += */
  multiply(name: ParameterName, layer: number, x: number, out: number, tokens: number, adds: boolean): void {
    const { offset, rows, columns } = this.#layout.get(name, layer);
    const transposed = this.#arrays.transposed + offset * FLOAT;
    const [wide, narrow] = [rows * FLOAT, columns * FLOAT];
    this.kernels.gemm(x, narrow, FLOAT, transposed, wide, out, wide, tokens, rows, columns, adds);
  }

  /** dx (tokens, columns) = dOut (tokens, rows) W, and dW += dOut^T x */
  multiplyBackward(
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
    this.kernels.gemm(dOut, wide, FLOAT, w, narrow, dx, narrow, tokens, columns, rows, false);
    this.kernels.gemm(dOut, FLOAT, wide, x, narrow, dw, narrow, rows, columns, tokens, true);
  }

  copy(from: number, to: number, floats: number): void {
    new Uint8Array(this.memory.buffer).copyWithin(to, from, from + floats * FLOAT);
  }

  clear(address: number, floats: number): void {
    new Float32Array(this.memory.buffer, address, floats).fill(0);
  }
}
