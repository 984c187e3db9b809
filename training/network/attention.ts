import { type Activations, FLOAT, type LayerActivations, qkvWidth } from "./activations.js";
import type { DocumentSpan } from "./output.js";
import type { Shape } from "./shape.js";
import type { Weights } from "./weights.js";

/** Causal attention within each document: fills `attended` of a layer. */
export function attendDocuments(
  { kernels, shape }: Weights,
  at: Activations,
  documents: readonly DocumentSpan[],
  layer: LayerActivations,
): void {
  const { heads, headSize } = shape;
  const row = qkvWidth(shape) * FLOAT;
  const outRow = heads * headSize * FLOAT;
  for (const { query, key, value, head, scores, start, length } of attentionsOf(shape, documents, layer)) {
    const out = layer.attended + (start * heads + head) * headSize * FLOAT;
    const scale = headSize ** -0.5;
    kernels.attend(query, key, value, row, out, outRow, scores, at.scratch, length, headSize, scale);
  }
}

/** The gradients of the same, from `dAttended` to dWide. */
export function attendDocumentsBackward(
  { kernels, shape }: Weights,
  at: Activations,
  documents: readonly DocumentSpan[],
  layer: LayerActivations,
  dAttended: number,
): void {
  const { heads, headSize, contextLength } = shape;
  const row = qkvWidth(shape) * FLOAT;
  const toGradient = at.dWide - layer.qkv;
  for (const { query, key, value, head, scores, start, length } of attentionsOf(shape, documents, layer)) {
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
      at.scratch,
      at.scratch + headSize * (contextLength + 8) * FLOAT,
      length,
      headSize,
      headSize ** -0.5,
    );
  }
}

/** Every document's every query head: where its rows begin. */
function* attentionsOf(shape: Shape, documents: readonly DocumentSpan[], { qkv, attention }: LayerActivations) {
  const { heads, kvHeads, headSize } = shape;
  let scores = attention;
  for (const { start, length } of documents) {
    const first = qkv + start * qkvWidth(shape) * FLOAT;
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
