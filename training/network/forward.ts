import { type Activations, FLOAT, type LayerActivations, qkvWidth } from "./activations.js";
import type { ParameterName } from "./parameters.js";
import type { Weights } from "./weights.js";

/** Writes `attended` of a layer from its `qkv`. */
export type Attend = (layer: LayerActivations, index: number) => void;

/**
 * The network from ids to the normalised state of each token, all tokens at once. The steps are those of
 * src/engine/run/forward.ts; ids and positions are in place, and how tokens see each other is the caller's.
 */
export function forward(weights: Weights, at: Activations, tokens: number, attend: Attend): void {
  const { kernels, shape } = weights;
  const { dim, hiddenDim, heads, kvHeads, headSize, normEpsilon } = shape;
  const norm = (x: number, name: ParameterName, index: number, y: number, scales: number) =>
    kernels.rmsnorm(x, weights.address(name, index), y, scales, tokens, dim, normEpsilon);
  const row = qkvWidth(shape) * FLOAT;

  kernels.embed(weights.address("embedding"), at.ids, at.layers[0]?.input ?? at.last, tokens, dim);
  for (const [index, layer] of at.layers.entries()) {
    const next = at.layers[index + 1]?.input ?? at.last;
    norm(layer.input, "attentionNorm", index, layer.attentionInput, layer.inputScales);
    weights.multiply("qkv", index, layer.attentionInput, layer.qkv, tokens, false);
    kernels.rotate(layer.qkv, row, at.angles, at.positions, tokens, heads + kvHeads, headSize, 1);
    attend(layer, index);
    weights.copy(layer.input, layer.middle, tokens * dim);
    weights.multiply("output", index, layer.attended, layer.middle, tokens, true);
    norm(layer.middle, "hiddenNorm", index, layer.hiddenInput, layer.middleScales);
    weights.multiply("gateUp", index, layer.hiddenInput, layer.gateUp, tokens, false);
    kernels.swiglu(layer.gateUp, layer.hidden, tokens, hiddenDim);
    weights.copy(layer.middle, next, tokens * dim);
    weights.multiply("down", index, layer.hidden, next, tokens, true);
  }
  norm(at.last, "outputNorm", -1, at.lastNormed, at.lastScales);
}
