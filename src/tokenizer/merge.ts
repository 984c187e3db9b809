/**
 * What may be merged with what. Symbols and merges are numbers whose meaning is the owner's; a merge's result
 * must stand for a longer text than either of its parts, or merging would not end.
 */
export interface MergeRules {
  /** By merge: the lowest is done first; below 2^21. */
  readonly ranks: Int32Array;
  /** By merge: the symbol that takes the place of the two. */
  readonly results: Int32Array;
  /** The merge of two neighbouring symbols, or -1. */
  find(left: number, right: number): number;
}

const NONE = -1;
/** A candidate is one number, rank * 2^32 + position: its order is the order of merging. */
const POSITIONS = 2 ** 32;
/** Symbols for which the working arrays are kept between calls. */
const KEPT_CAPACITY = 1 << 12;

/**
 * Merges neighbouring symbols by rank, the leftmost first among equals, until no pair has a merge. O(n log n)
 * for n symbols: each merge removes one and brings at most two new candidates.
 */
export class Merger {
  readonly #rules: MergeRules;
  readonly #queue = new CandidateQueue();
  #next = new Int32Array(KEPT_CAPACITY);
  #previous = new Int32Array(KEPT_CAPACITY);
  /** By position: the merge of the symbol there with the one after it, or -1. */
  #pairs = new Int32Array(KEPT_CAPACITY);

  constructor(rules: MergeRules) {
    this.#rules = rules;
  }

  /** Merges the first `length` of `symbols` in place and returns how many are left, at its front. */
  merge(symbols: Int32Array, length: number): number {
    if (length < 2) return length;
    this.#reserve(length);
    this.#seed(symbols, length);
    const { ranks, results } = this.#rules;
    for (let key = this.#queue.pop(); key !== undefined; key = this.#queue.pop()) {
      const left = key % POSITIONS;
      const merge = this.#pairs[left] as number;
      // A candidate whose pair has changed since is stale; whatever pair stands there now has its own.
      if (merge === NONE || ranks[merge] !== (key - left) / POSITIONS) continue;
      const right = this.#next[left] as number;
      const after = this.#next[right] as number;
      symbols[left] = results[merge] as number;
      this.#pairs[right] = NONE;
      this.#next[left] = after;
      if (after !== NONE) this.#previous[after] = left;
      const before = this.#previous[left] as number;
      if (before !== NONE) this.#pair(symbols, before, left);
      this.#pair(symbols, left, after);
    }
    const left = this.#collect(symbols);
    this.#release();
    return left;
  }

  #seed(symbols: Int32Array, length: number): void {
    const { ranks } = this.#rules;
    for (let i = 0; i < length; i++) {
      this.#previous[i] = i - 1;
      this.#next[i] = i + 1 < length ? i + 1 : NONE;
      const merge = i + 1 < length ? this.#rules.find(symbols[i] as number, symbols[i + 1] as number) : NONE;
      this.#pairs[i] = merge;
      if (merge !== NONE) this.#queue.add((ranks[merge] as number) * POSITIONS + i);
    }
    this.#queue.order();
  }

  #pair(symbols: Int32Array, left: number, right: number): void {
    const merge = right === NONE ? NONE : this.#rules.find(symbols[left] as number, symbols[right] as number);
    this.#pairs[left] = merge;
    if (merge !== NONE) this.#queue.push((this.#rules.ranks[merge] as number) * POSITIONS + left);
  }

  #collect(symbols: Int32Array): number {
    let count = 0;
    for (let i = 0; i !== NONE; i = this.#next[i] as number) symbols[count++] = symbols[i] as number;
    return count;
  }

  #reserve(length: number): void {
    if (this.#next.length >= length) return;
    this.#next = new Int32Array(length);
    this.#previous = new Int32Array(length);
    this.#pairs = new Int32Array(length);
  }

  /** One huge prompt should not pin its memory for the life of the model. */
  #release(): void {
    this.#queue.release();
    if (this.#next.length === KEPT_CAPACITY) return;
    this.#next = new Int32Array(KEPT_CAPACITY);
    this.#previous = new Int32Array(KEPT_CAPACITY);
    this.#pairs = new Int32Array(KEPT_CAPACITY);
  }
}

/**
 * A priority queue of numbers, lowest first. The candidates known at the start are sorted once and read in order,
 * which costs much less than a heap of them all; only what merging adds goes through a heap (of four children a node).
 */
class CandidateQueue {
  #sorted = new Float64Array(KEPT_CAPACITY);
  #sortedCount = 0;
  #taken = 0;
  #heap = new Float64Array(KEPT_CAPACITY);
  #heapCount = 0;

  /** Adds one of the first candidates; `order` must follow before the first `pop`. */
  add(key: number): void {
    if (this.#sortedCount === this.#sorted.length) this.#sorted = doubled(this.#sorted);
    this.#sorted[this.#sortedCount++] = key;
  }

  order(): void {
    const keys = this.#sorted;
    // A word of a few letters is the usual case, and a typed array's sort() costs more than that is worth.
    if (this.#sortedCount > 32) {
      keys.subarray(0, this.#sortedCount).sort();
      return;
    }
    for (let i = 1; i < this.#sortedCount; i++) {
      const key = keys[i] as number;
      let at = i;
      for (; at > 0 && (keys[at - 1] as number) > key; at--) keys[at] = keys[at - 1] as number;
      keys[at] = key;
    }
  }

  push(key: number): void {
    if (this.#heapCount === this.#heap.length) this.#heap = doubled(this.#heap);
    const heap = this.#heap;
    let at = this.#heapCount++;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      if ((heap[parent] as number) <= key) break;
      heap[at] = heap[parent] as number;
      at = parent;
    }
    heap[at] = key;
  }

  pop(): number | undefined {
    if (this.#taken < this.#sortedCount) {
      const key = this.#sorted[this.#taken] as number;
      if (this.#heapCount === 0 || key <= (this.#heap[0] as number)) {
        this.#taken++;
        return key;
      }
    }
    return this.#heapCount === 0 ? undefined : this.#popHeap();
  }

  #popHeap(): number {
    const heap = this.#heap;
    const top = heap[0] as number;
    const count = --this.#heapCount;
    const last = heap[count] as number;
    let at = 0;
    for (let child = 1; child < count; child = at * 4 + 1) {
      const end = Math.min(child + 4, count);
      let least = child;
      for (let i = child + 1; i < end; i++) if ((heap[i] as number) < (heap[least] as number)) least = i;
      if ((heap[least] as number) >= last) break;
      heap[at] = heap[least] as number;
      at = least;
    }
    heap[at] = last;
    return top;
  }

  release(): void {
    this.#sortedCount = 0;
    this.#taken = 0;
    if (this.#sorted.length > KEPT_CAPACITY) this.#sorted = new Float64Array(KEPT_CAPACITY);
    if (this.#heap.length > KEPT_CAPACITY) this.#heap = new Float64Array(KEPT_CAPACITY);
  }
}

function doubled(array: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(array.length * 2);
  larger.set(array);
  return larger;
}
