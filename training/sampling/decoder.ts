import type { Batch } from "../data/batch.js";
import { type Activations, FLOAT, qkvWidth } from "../network/activations.js";
import { type CachePlan, laneOffset } from "../network/cache.js";
import { forward } from "../network/forward.js";
import type { Network } from "../network/network.js";
import type { Weights } from "../network/weights.js";

/** A token to be read behind others: its lane of the cache, its id and its position there. */
export interface Next {
  readonly lane: number;
  readonly id: number;
  readonly position: number;
}

/**
 * Decodes many sequences a step with a KV cache, by the trainer's own kernels: logits are those of {@link Network},
 * bit for bit, for a row of a product does not depend on the rows beside it.
 */
export class Decoder {
  readonly #weights: Weights;
  readonly #network: Network;
  readonly #at: Activations;
  readonly #cache: CachePlan;

  constructor(weights: Weights, network: Network, activations: Activations, cache: CachePlan) {
    this.#weights = weights;
    this.#network = network;
    this.#at = activations;
    this.#cache = cache;
  }

  /** Reads prompts, each for some lanes. @returns the address of the logits of each prompt's last token */
  begin(prompts: Batch, lanes: readonly (readonly number[])[]): number[] {
    const { values, width } = this.#network.read(prompts, "language");
    for (const [index, { start, length }] of prompts.documents.entries()) {
      for (const lane of lanes[index] ?? []) {
        for (const layer of this.#at.layers.keys()) this.#keep(layer, start, length, lane, 0);
      }
    }
    return prompts.documents.map(({ start, length }) => values + (start + length - 1) * width * FLOAT);
  }

  /** Reads one token of each of some lanes. @returns the address of their logits, (rows, vocabulary) */
  step(rows: readonly Next[]): number {
    const { memory, shape, kernels } = this.#weights;
    const { heads, kvHeads, headSize } = shape;
    const at = this.#at;
    const { capacity, layers, scores } = this.#cache;
    new Uint32Array(memory.buffer, at.ids, rows.length).set(rows.map(({ id }) => id));
    new Uint32Array(memory.buffer, at.positions, rows.length).set(rows.map(({ position }) => position));
    const queries = heads / kvHeads;
    forward(this.#weights, at, rows.length, ({ qkv, attended }, index) => {
      const { keys, values } = layers[index] as { keys: number; values: number };
      for (const [row, { lane, position }] of rows.entries()) {
        this.#keep(index, row, 1, lane, position);
        for (let kvHead = 0; kvHead < kvHeads; kvHead++) {
          const offset = laneOffset(shape, this.#cache, lane, kvHead);
          kernels.attendCached(
            qkv + (row * qkvWidth(shape) + kvHead * queries * headSize) * FLOAT,
            keys + offset,
            capacity * FLOAT,
            values + offset,
            attended + (row * heads + kvHead * queries) * headSize * FLOAT,
            scores,
            queries,
            position + 1,
            headSize,
            headSize ** -0.5,
          );
        }
      }
    });
    this.#weights.multiply("embedding", -1, at.lastNormed, at.logits, rows.length, false);
    return at.logits;
  }

  /** Puts keys and values of some rows of the activations behind each other into a lane. */
  #keep(layer: number, row: number, count: number, lane: number, position: number): void {
    const { kernels, shape } = this.#weights;
    const { heads, kvHeads, headSize } = shape;
    const { keys, values } = this.#cache.layers[layer] as { keys: number; values: number };
    const width = qkvWidth(shape);
    const first = (this.#at.layers[layer]?.qkv ?? 0) + row * width * FLOAT;
    for (let kvHead = 0; kvHead < kvHeads; kvHead++) {
      const offset = laneOffset(shape, this.#cache, lane, kvHead);
      const k = first + (heads + kvHead) * headSize * FLOAT;
      const v = k + kvHeads * headSize * FLOAT;
      const keysRow = this.#cache.capacity * FLOAT;
      kernels.keep(k, v, width * FLOAT, keys + offset, keysRow, values + offset, position, count, headSize);
    }
  }
}
