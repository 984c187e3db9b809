/**
 * The n tokens of largest logit out of many, found by one pass with a heap of n: a sort of the whole vocabulary
 * would cost ten times the rest of the chain. Of equal logits the lower id is the better.
 */
export class BestTokens {
  /** (size) best first, valid until the next `select`. */
  ids = new Uint32Array(64);
  /** (size) logits of `ids`. */
  logits = new Float32Array(64);
  size = 0;

  /**
   * @param ids (length) distinct token ids in any order
   * @param logits (length) finite or -Infinity
   * @param length how many of the two arrays' entries count
   * @param count how many to find; all of them if there are fewer
   */
  select(ids: Uint32Array, logits: Float32Array, length: number, count: number): void {
    const size = Math.min(count, length);
    this.#reserve(size);
    this.size = size;
    if (size === 0) return;
    this.ids.set(ids.subarray(0, size));
    this.logits.set(logits.subarray(0, size));
    for (let root = (size >>> 1) - 1; root >= 0; root--) this.#siftDown(root, size);

    const heapIds = this.ids;
    const heapLogits = this.logits;
    let worst = heapLogits[0] as number;
    let worstId = heapIds[0] as number;
    for (let i = size; i < length; i++) {
      const logit = logits[i] as number;
      if (logit < worst || (logit === worst && (ids[i] as number) > worstId)) continue;
      heapLogits[0] = logit;
      heapIds[0] = ids[i] as number;
      this.#siftDown(0, size);
      worst = heapLogits[0] as number;
      worstId = heapIds[0] as number;
    }

    for (let last = size - 1; last > 0; last--) {
      this.#swap(0, last);
      this.#siftDown(0, last);
    }
  }

  #reserve(size: number): void {
    if (size <= this.ids.length) return;
    this.ids = new Uint32Array(size);
    this.logits = new Float32Array(size);
  }

  #siftDown(from: number, size: number): void {
    let root = from;
    for (;;) {
      let child = 2 * root + 1;
      if (child >= size) return;
      if (child + 1 < size && this.#isWorse(child + 1, child)) child++;
      if (!this.#isWorse(child, root)) return;
      this.#swap(root, child);
      root = child;
    }
  }

  #isWorse(a: number, b: number): boolean {
    const difference = (this.logits[a] as number) - (this.logits[b] as number);
    return difference < 0 || (!(difference > 0) && (this.ids[a] as number) > (this.ids[b] as number));
  }

  #swap(a: number, b: number): void {
    const id = this.ids[a] as number;
    const logit = this.logits[a] as number;
    this.ids[a] = this.ids[b] as number;
    this.logits[a] = this.logits[b] as number;
    this.ids[b] = id;
    this.logits[b] = logit;
  }
}
