import { LlamaError } from "../errors.js";
import { BestTokens } from "./best-tokens.js";
import { descendingRank, floatOfDescendingRank, SortKeys } from "./sort-keys.js";

/** Above this a heap loses to a sort of everything. */
const LARGEST_HEAP = 1024;

/**
 * The tokens still in the running, which the chain's steps narrow down and reweigh in place. Entry i of `ids`,
 * `logits` and `probabilities` is one token; only the first `size` entries count. One object serves every step of a
 * generation: nothing the size of the vocabulary is allocated for a token.
 */
export class Candidates {
  readonly capacity: number;
  /** (size) distinct token ids. */
  readonly ids: Uint32Array;
  /** (size) a step forbids a token by writing -Infinity, and sets `sorted` to false if it reorders or reweighs. */
  readonly logits: Float32Array;
  /** (size) sum to 1 after `softmax()`; stale after anything else. */
  readonly probabilities: Float64Array;
  size = 0;
  /** Whether the entries go from the largest logit to the smallest, lower ids first among equals. */
  sorted = false;
  /** Whether `load` saw a logit of -Infinity. */
  holdsForbidden = false;
  /** @internal What `rank` found. */
  readonly best = new BestTokens();

  readonly #everyId: Uint32Array;
  #keys: SortKeys | undefined;

  /** @param capacity size of the vocabulary */
  constructor(capacity: number) {
    this.capacity = capacity;
    this.#everyId = Uint32Array.from({ length: capacity }, (_, id) => id);
    this.ids = new Uint32Array(capacity);
    this.logits = new Float32Array(capacity);
    this.probabilities = new Float64Array(capacity);
  }

  /** @internal Scratch for sorts of up to `capacity` entries; most chains never need it. */
  get keys(): SortKeys {
    this.#keys ??= new SortKeys(this.capacity);
    return this.#keys;
  }

  /**
   * Starts over with every token of the vocabulary; `logits` (capacity) is copied.
   * @throws LlamaError `numeric` where a logit is NaN or +Infinity, or all are -Infinity
   */
  load(logits: Float32Array): void {
    this.holdsForbidden = holdsForbidden(logits);
    this.logits.set(logits);
    this.ids.set(this.#everyId);
    this.size = this.capacity;
    this.sorted = false;
  }

  /** Removes the tokens whose logit is -Infinity (or NaN), and keeps the order of the others. */
  removeForbidden(): void {
    this.keepAtLeast(-Number.MAX_VALUE);
  }

  /** Removes the tokens whose logit is below `threshold`, and keeps the order of the others. */
  keepAtLeast(threshold: number): void {
    const { ids, logits, size } = this;
    let kept = 0;
    for (let i = 0; i < size; i++) {
      const logit = logits[i] as number;
      if (logit >= threshold) {
        ids[kept] = ids[i] as number;
        logits[kept] = logit;
        kept++;
      }
    }
    this.size = kept;
  }

  /** Keeps the entry at `position` alone. */
  keepOnly(position: number): void {
    this.ids[0] = this.ids[position] as number;
    this.logits[0] = this.logits[position] as number;
    this.size = 1;
    this.sorted = true;
  }

  /** Keeps the `count` largest logits, sorted; leaves a set of at most `count` as it is. */
  keepBest(count: number): void {
    if (count >= this.size) return;
    if (!this.sorted) {
      if (count <= LARGEST_HEAP) {
        this.rank(count);
        this.keepRanked(count);
        return;
      }
      this.sort();
    }
    this.size = count;
  }

  /** @internal Finds the `count` largest logits and puts them into `best`, without touching the set. */
  rank(count: number): void {
    this.best.select(this.ids, this.logits, this.size, count);
  }

  /** @internal Keeps the first `count` of what `rank` found, sorted. */
  keepRanked(count: number): void {
    this.ids.set(this.best.ids.subarray(0, count));
    this.logits.set(this.best.logits.subarray(0, count));
    this.size = count;
    this.sorted = true;
  }

  /** Orders the entries by falling logit, lower ids first among equals. */
  sort(): void {
    if (this.sorted) return;
    const { ids, logits, size } = this;
    if (size <= LARGEST_HEAP) {
      this.rank(size);
      this.keepRanked(size);
      return;
    }
    const keys = this.keys;
    for (let i = 0; i < size; i++) keys.set(i, descendingRank(logits[i] as number), ids[i] as number);
    keys.sort(size);
    for (let i = 0; i < size; i++) {
      ids[i] = keys.valueAt(i);
      logits[i] = floatOfDescendingRank(keys.rankAt(i));
    }
    this.sorted = true;
  }

  /** Position of the largest logit; of equals, of the lowest id. */
  indexOfBest(): number {
    if (this.sorted) return 0;
    const { ids, logits, size } = this;
    let best = 0;
    let bestLogit = logits[0] as number;
    for (let i = 1; i < size; i++) {
      const logit = logits[i] as number;
      if (logit < bestLogit) continue;
      if (logit > bestLogit || (ids[i] as number) < (ids[best] as number)) {
        best = i;
        bestLogit = logit;
      }
    }
    return best;
  }

  /**
   * Fills `probabilities` with the softmax of the logits.
   *
   * @returns the logarithm of the sum of exp(logit), so that ln(probability) = logit - it
   * @throws LlamaError `numeric` where earlier steps left no finite largest logit
   */
  softmax(): number {
    const { logits, probabilities, size } = this;
    const largest = size === 0 ? Number.NEGATIVE_INFINITY : (logits[this.indexOfBest()] as number);
    if (!Number.isFinite(largest)) {
      throw new LlamaError(
        "numeric",
        `After the penalties, biases and the temperature the largest logit is ${largest}, not a finite number; choose milder sampling options.`,
      );
    }
    let total = 0;
    for (let i = 0; i < size; i++) {
      const weight = Math.exp((logits[i] as number) - largest);
      probabilities[i] = weight;
      total += weight;
    }
    const scale = 1 / total;
    for (let i = 0; i < size; i++) probabilities[i] = (probabilities[i] as number) * scale;
    return largest + Math.log(total);
  }

  /** Shannon entropy of `probabilities`, in nats; call `softmax()` first. */
  entropy(): number {
    const { probabilities, size } = this;
    let entropy = 0;
    for (let i = 0; i < size; i++) {
      const probability = probabilities[i] as number;
      if (probability > 0) entropy -= probability * Math.log(probability);
    }
    return entropy;
  }
}

function holdsForbidden(logits: Float32Array): boolean {
  let forbidden = false;
  let largest = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id] as number;
    // Written as a negation because every comparison with NaN is false.
    if (!(logit < Number.POSITIVE_INFINITY)) {
      throw damaged(`${Number.isNaN(logit) ? "NaN" : "infinity"} as the logit of token ${id}`);
    }
    if (logit > largest) largest = logit;
    else if (logit === Number.NEGATIVE_INFINITY) forbidden = true;
  }
  if (largest === Number.NEGATIVE_INFINITY) throw damaged("a logit of -infinity for every token");
  return forbidden;
}

function damaged(found: string): LlamaError {
  return new LlamaError(
    "numeric",
    `The model computed ${found} where finite numbers belong: its file is damaged or was converted wrongly; download or convert it again.`,
  );
}
