import type { Engine } from "../engine/engine.js";
import type { CacheShape, KvCache } from "../engine/kv-cache.js";
import type { JobOptions } from "../engine/pool.js";
import { LlamaError } from "../errors.js";

/** How to evaluate tokens: a signal that ends it between two layers, and progress from 0 to 1. */
export type EvaluateOptions = JobOptions;

/** One sequence of tokens with its own KV cache. Made by `llama.createSession()`. */
export class Session {
  readonly #engine: Engine;
  readonly #cache: KvCache;
  #isDisposed = false;

  /** @internal */
  constructor(engine: Engine) {
    this.#engine = engine;
    this.#cache = engine.createCache();
  }

  /** How many tokens have been evaluated: the position of the next one. */
  get position(): number {
    return this.#cache.length;
  }

  /** How many tokens the session can hold. */
  get contextSize(): number {
    return this.#engine.contextSize;
  }

  /**
   * Evaluates tokens behind those before, and returns the logits after the last: (vocabulary,) f32.
   * @throws LlamaError `context` where they do not fit, `option` for ids outside the vocabulary; the signal's
   *   reason when aborted, with the session where it was after the last whole batch
   */
  async evaluate(ids: readonly number[], options: EvaluateOptions = {}): Promise<Float32Array> {
    return this.#engine.evaluate(this.#opened(), ids, options);
  }

  /**
   * Evaluates tokens like {@link evaluate} and calls `onLogits` with the logits after each of them, (vocabulary,)
   * f32, in order.
   */
  async evaluateEach(
    ids: readonly number[],
    onLogits: (index: number, logits: Float32Array) => void,
    options: EvaluateOptions = {},
  ): Promise<void> {
    await this.#engine.evaluateEach(this.#opened(), ids, onLogits, options);
  }

  /** Forgets the tokens from `position` on, so that others can follow those before it. */
  rewind(position: number): void {
    const cache = this.#opened();
    if (!Number.isInteger(position) || position < 0 || position > cache.length) {
      throw new LlamaError(
        "option",
        `A session of ${cache.length} tokens cannot be rewound to position ${position}; choose one from 0 to ${cache.length}.`,
      );
    }
    cache.length = position;
  }

  /** @internal What the bytes of {@link readCache} mean. */
  get cacheShape(): CacheShape {
    return this.#engine.cacheShape;
  }

  /** @internal Shows `read` the keys and values of every position, stretch by stretch, as they lie in memory. */
  async readCache(read: (rows: Iterable<Uint8Array>) => Promise<void>): Promise<void> {
    const cache = this.#opened();
    await this.#engine.useCacheRows(cache, cache.length, read);
  }

  /**
   * @internal Replaces the keys and values by those of `positions` tokens, which `write` puts where {@link readCache}
   * found them. If it throws, the session is empty.
   */
  async writeCache(positions: number, write: (rows: Iterable<Uint8Array>) => Promise<void>): Promise<void> {
    const cache = this.#opened();
    if (positions > this.contextSize) throw new RangeError(`${positions} positions do not fit into the cache`);
    cache.length = 0;
    await this.#engine.useCacheRows(cache, positions, write);
    cache.length = positions;
  }

  /** @internal */
  get isDisposed(): boolean {
    return this.#isDisposed;
  }

  /** Gives the KV cache back. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#engine.releaseCache(this.#cache);
  }

  #opened(): KvCache {
    if (this.#isDisposed) throw new LlamaError("disposed", "The session was disposed of; create another.");
    return this.#cache;
  }
}
