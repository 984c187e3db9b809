import { SIGNALS } from "../network/activations.js";
import type { DocumentSpan, NetworkInput } from "../network/output.js";

/** A text as the model learns it: ids from BOS to EOS, and how much the prediction of each id counts. */
export interface Document {
  readonly ids: readonly number[];
  /** Of the prediction of ids[i]; that of the first is never asked for. */
  readonly weights: readonly number[];
  /** What else an objective wants to know of each prediction: up to {@link SIGNALS} rows. */
  readonly signals?: readonly (readonly number[])[];
}

/** Documents side by side, each with positions and attention of its own: no padding, and no text sees another. */
export class Batch implements NetworkInput {
  readonly capacity: number;
  /** (tokens,) what is read, what should follow, how much that counts, and where in its document it stands. */
  readonly ids: Uint32Array;
  readonly targets: Uint32Array;
  readonly weights: Float32Array;
  readonly positions: Uint32Array;
  readonly signals: readonly Float32Array[];
  /** First token and number of tokens of each document. */
  readonly documents: DocumentSpan[] = [];
  tokens = 0;

  /** @param capacity tokens at most */
  constructor(capacity: number) {
    this.capacity = capacity;
    this.ids = new Uint32Array(capacity);
    this.targets = new Uint32Array(capacity);
    this.weights = new Float32Array(capacity);
    this.positions = new Uint32Array(capacity);
    this.signals = Array.from({ length: SIGNALS }, () => new Float32Array(capacity));
  }

  /** The sum of all weights: what the loss is divided by. */
  get totalWeight(): number {
    return this.weights.subarray(0, this.tokens).reduce((sum, weight) => sum + weight, 0);
  }

  /** Adds a document where it fits; its last id is only predicted. */
  add(document: Document): boolean {
    return this.#add(document, document.ids.length - 1, 1);
  }

  /**
   * Adds a document where it fits, to be judged: its last id is read too, and weights and signals are those of the
   * id that is read, not of the next.
   */
  addToJudge(document: Document): boolean {
    return this.#add(document, document.ids.length, 0);
  }

  #add({ ids, weights, signals = [] }: Document, length: number, shift: 0 | 1): boolean {
    if (this.tokens + length > this.capacity) return false;
    for (let i = 0; i < length; i++) {
      const at = this.tokens + i;
      this.ids[at] = ids[i] as number;
      this.targets[at] = ids[i + shift] as number;
      this.weights[at] = weights[i + shift] as number;
      this.positions[at] = i;
      for (const [index, signal] of this.signals.entries()) signal[at] = signals[index]?.[i + shift] ?? 0;
    }
    this.documents.push({ start: this.tokens, length });
    this.tokens += length;
    return true;
  }
}

/** Takes documents until the next one no longer fits; that one is left out. */
export function fillBatch(capacity: number, next: () => Document): Batch {
  const batch = new Batch(capacity);
  while (batch.add(next()));
  return batch;
}
