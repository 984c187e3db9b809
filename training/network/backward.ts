import { type Activations, FLOAT, type LayerActivations, qkvWidth } from "./activations.js";
import type { ParameterName } from "./parameters.js";
import type { Weights } from "./weights.js";

/** Writes to dWide the gradients of queries, keys and values from those of what a layer attended. */
export type AttendBackward = (layer: LayerActivations, dAttended: number) => void;

/**
 * From the gradient of the normalised states, in dNormed, to those of the parameters, which are added up at
 * `gradients`: the chain rule, last step first.
 */
export function backward(
  weights: Weights,
  at: Activations,
  tokens: number,
  gradients: number,
  attendBackward: AttendBackward,
): void {
  const { kernels, shape } = weights;
  const { dim, hiddenDim, heads, kvHeads, headSize } = shape;
  const row = qkvWidth(shape) * FLOAT;
  const norm = (x: number, name: ParameterName, index: number, scales: number) => {
    const gradient = weights.address(name, index, gradients);
    kernels.rmsnormBackward(x, weights.address(name, index), scales, at.dNormed, at.dx, gradient, tokens, dim);
  };

  weights.clear(at.dx, tokens * dim);
  norm(at.last, "outputNorm", -1, at.lastScales);
  for (const [index, layer] of [...at.layers.entries()].reverse()) {
    // dx passes both residual connections unchanged, and each branch adds its part to it.
    weights.multiplyBackward("down", index, layer.hidden, at.dx, at.dHidden, tokens, gradients);
    kernels.swigluBackward(layer.gateUp, at.dHidden, at.dWide, tokens, hiddenDim);
    weights.multiplyBackward("gateUp", index, layer.hiddenInput, at.dWide, at.dNormed, tokens, gradients);
    norm(layer.middle, "hiddenNorm", index, layer.middleScales);

    weights.multiplyBackward("output", index, layer.attended, at.dx, at.dNormed, tokens, gradients);
    weights.clear(at.dWide, tokens * qkvWidth(shape));
    attendBackward(layer, at.dNormed);
    kernels.rotate(at.dWide, row, at.angles, at.positions, tokens, heads + kvHeads, headSize, -1);
    weights.multiplyBackward("qkv", index, layer.attentionInput, at.dWide, at.dNormed, tokens, gradients);
    norm(layer.input, "attentionNorm", index, layer.inputScales);
  }
  kernels.embedBackward(weights.address("embedding", -1, gradients), at.ids, at.dx, tokens, dim);
}
