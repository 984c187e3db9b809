/** A text as the model learns it: ids from BOS to EOS, and how much the prediction of each id counts. */
export interface Document {
  readonly ids: readonly number[];
  /** Of the prediction of ids[i]; that of the first is never asked for. */
  readonly weights: readonly number[];
}

/** Documents side by side, each with positions and attention of its own: no padding, and no text sees another. */
export class Batch {
  readonly capacity: number;
  /** (tokens,) what is read, what should follow, how much that counts, and where in its document it stands. */
  readonly ids: Uint32Array;
  readonly targets: Uint32Array;
  readonly weights: Float32Array;
  readonly positions: Uint32Array;
  /** First token and number of tokens of each document. */
  readonly documents: { readonly start: number; readonly length: number }[] = [];
  tokens = 0;

  /** @param capacity tokens at most */
  constructor(capacity: number) {
    this.capacity = capacity;
    this.ids = new Uint32Array(capacity);
    this.targets = new Uint32Array(capacity);
    this.weights = new Float32Array(capacity);
    this.positions = new Uint32Array(capacity);
  }

  /** The sum of all weights: what the loss is divided by. */
  get totalWeight(): number {
    return this.weights.subarray(0, this.tokens).reduce((sum, weight) => sum + weight, 0);
  }

  /** Adds a document where it fits; its last id is only predicted. */
  add({ ids, weights }: Document): boolean {
    const length = ids.length - 1;
    if (this.tokens + length > this.capacity) return false;
    for (let i = 0; i < length; i++) {
      this.ids[this.tokens + i] = ids[i] as number;
      this.targets[this.tokens + i] = ids[i + 1] as number;
      this.weights[this.tokens + i] = weights[i + 1] as number;
      this.positions[this.tokens + i] = i;
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
