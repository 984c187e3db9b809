import type { Shape } from "./shape.js";

export const FLOAT = 4;

/** How many signals a token of a batch may have: what an objective wants to know of it beside its weight. */
export const SIGNALS = 2;

/** Hands out parts of a memory, one after the other, in bytes. */
export class Arena {
  end: number;

  constructor(start: number) {
    this.end = Math.ceil(start / 64) * 64;
  }

  /** The address of `floats` f32. */
  take(floats: number): number {
    const address = this.end;
    this.end = Math.ceil((this.end + floats * FLOAT) / 64) * 64;
    return address;
  }
}

/** What a layer's forward pass leaves for the way back. */
export interface LayerActivations {
  /** (tokens, dim) the residual stream before the layer and in its middle, and both after their norm. */
  readonly input: number;
  readonly attentionInput: number;
  readonly middle: number;
  readonly hiddenInput: number;
  /** (tokens,) factors of the two norms. */
  readonly inputScales: number;
  readonly middleScales: number;
  /** (tokens, heads + 2 kvHeads, headSize), queries and keys rotated. */
  readonly qkv: number;
  /** Document by document, head by head: (length, padded length). */
  readonly attention: number;
  readonly attended: number;
  readonly gateUp: number;
  readonly hidden: number;
}

/** Byte addresses of all that one worker's network writes; plain data, so that threads can be told. */
export interface Activations {
  readonly layers: readonly LayerActivations[];
  /** (capacity,) the batch. */
  readonly ids: number;
  readonly targets: number;
  readonly weights: number;
  readonly positions: number;
  readonly signals: readonly number[];
  /** Four f64 for what a kernel says beside its loss. */
  readonly figures: number;
  /** (contextLength, headSize / 2, 2) cos and sin. */
  readonly angles: number;
  /** (capacity, dim) the residual stream after the last layer, and normalised. */
  readonly last: number;
  readonly lastNormed: number;
  readonly lastScales: number;
  /** (capacity, vocabulary); of a network with a scalar head, (capacity,) of it. */
  readonly logits: number;
  /** Gradients of the residual stream, of what a norm gave, and of the wide arrays. */
  readonly dx: number;
  readonly dNormed: number;
  readonly dWide: number;
  readonly dHidden: number;
  readonly scratch: number;
}

/** Rows of queries, keys and values together. */
export function qkvWidth({ heads, kvHeads, headSize }: Shape): number {
  return (heads + 2 * kvHeads) * headSize;
}

/** Makes room for the activations of batches of up to `capacity` tokens. */
export function planActivations(shape: Shape, capacity: number, arena: Arena): Activations {
  const { dim, hiddenDim, heads, contextLength, headSize } = shape;
  const paddedContext = contextLength + 8;
  // Rows of attention are as long as their document; `capacity` tokens of the longest documents need most.
  const attention = heads * capacity * Math.min(capacity + 8, paddedContext);
  return {
    layers: Array.from({ length: shape.layers }, () => ({
      input: arena.take(capacity * dim),
      attentionInput: arena.take(capacity * dim),
      middle: arena.take(capacity * dim),
      hiddenInput: arena.take(capacity * dim),
      inputScales: arena.take(capacity),
      middleScales: arena.take(capacity),
      qkv: arena.take(capacity * qkvWidth(shape)),
      attention: arena.take(attention),
      attended: arena.take(capacity * heads * headSize),
      gateUp: arena.take(capacity * 2 * hiddenDim),
      hidden: arena.take(capacity * hiddenDim),
    })),
    ids: arena.take(capacity),
    targets: arena.take(capacity),
    weights: arena.take(capacity),
    positions: arena.take(capacity),
    signals: Array.from({ length: SIGNALS }, () => arena.take(capacity)),
    figures: arena.take(8),
    angles: arena.take(contextLength * headSize),
    last: arena.take(capacity * dim),
    lastNormed: arena.take(capacity * dim),
    lastScales: arena.take(capacity),
    logits: arena.take(capacity * shape.vocabularySize),
    dx: arena.take(capacity * dim),
    dNormed: arena.take(capacity * Math.max(dim, heads * headSize)),
    dWide: arena.take(capacity * Math.max(qkvWidth(shape), 2 * hiddenDim)),
    dHidden: arena.take(capacity * hiddenDim),
    scratch: arena.take((32 + headSize) * paddedContext),
  };
}
