import { type Arena, FLOAT } from "./activations.js";
import type { Shape } from "./shape.js";

/** How many sequences a worker decodes side by side, and how long each may get, prompt included. */
export interface SamplingSize {
  readonly lanes: number;
  readonly length: number;
}

/** Byte addresses of a worker's KV cache; plain data for its thread. */
export interface CachePlan extends SamplingSize {
  /** Positions of a lane: the length, rounded up to 8. */
  readonly capacity: number;
  /** A layer each: keys (lanes, kvHeads, headSize, capacity), values (lanes, kvHeads, capacity, headSize). */
  readonly layers: readonly { readonly keys: number; readonly values: number }[];
  /** (heads, capacity) */
  readonly scores: number;
  /** (vocabulary,) and one log p. */
  readonly scratch: number;
  readonly drawn: number;
}

export function planCache(shape: Shape, { lanes, length }: SamplingSize, arena: Arena): CachePlan {
  const capacity = Math.ceil(length / 8) * 8;
  const floats = lanes * shape.kvHeads * shape.headSize * capacity;
  const layers = Array.from({ length: shape.layers }, () => ({ keys: arena.take(floats), values: arena.take(floats) }));
  const scores = arena.take(shape.heads * capacity);
  return { lanes, length, capacity, layers, scores, scratch: arena.take(shape.vocabularySize), drawn: arena.take(1) };
}

/** Where the keys, or the values, of a lane's head begin, from where those of the layer do. */
export function laneOffset(shape: Shape, { capacity }: CachePlan, lane: number, kvHead: number): number {
  return (lane * shape.kvHeads + kvHead) * shape.headSize * capacity * FLOAT;
}
