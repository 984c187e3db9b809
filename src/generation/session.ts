import type { Engine } from "../engine/engine.js";
import type { EvaluateOptions } from "../engine/evaluation.js";
import type { CacheShape } from "../engine/plan/cache-layout.js";
import type { KvCache } from "../engine/team/cache-store.js";
import { LlamaError } from "../errors.js";
import { type LoraScale, scalesOf } from "../loras.js";

export type { EvaluateOptions } from "../engine/evaluation.js";

/** What a session may have of its own. */
export interface SessionOptions {
  /** Tokens it can hold, at most 16,777,216; by default as many as the model was loaded for. 0 is the model's own. */
  readonly contextSize?: number | undefined;
  /** How much of each adapter it has, of those not in the list nothing; by default as `llama.loras` has it. */
  readonly loras?: readonly LoraScale[] | undefined;
}

/** What a fork may have of its own. */
export type ForkOptions = Pick<SessionOptions, "contextSize">;

/**
 * One sequence of tokens with its own KV cache. Made by `llama.createSession()`. What several sessions evaluate at the
 * same time is computed together, and none changes what another computes.
 */
export class Session {
  readonly #engine: Engine;
  readonly #cache: KvCache;
  #isDisposed = false;

  /** @internal */
  constructor(engine: Engine, cache: KvCache = engine.createCache()) {
    this.#engine = engine;
    this.#cache = cache;
  }

  /** How many tokens have been evaluated: the position of the next one. */
  get position(): number {
    return this.#cache.length;
  }

  /** How many tokens the session can hold. */
  get contextSize(): number {
    return this.#cache.contextSize;
  }

  /** How much it has of each adapter of the model. */
  get loras(): readonly LoraScale[] {
    return this.#cache.scales.map((scale, id) => ({ id, scale }));
  }

  /**
   * Changes how much the session has of each adapter; of those that are not in the list it has nothing. What is in the
   * KV cache was computed with the adapters before, so the session must be empty: {@link rewind} it to 0.
   * @throws LlamaError `option` where it is not, where a call for it is not over, and for an adapter that is not there
   */
  setLoras(loras: readonly LoraScale[]): void {
    const cache = this.#opened();
    this.#engine.setScales(cache, scalesOf(loras, cache.scales.length));
  }

  /**
   * Evaluates tokens behind those before, and returns the logits after the last: (vocabulary,) f32.
   * @throws LlamaError `context` where they do not fit, `option` for ids outside the vocabulary, `disposed`; the
   *   signal's reason when aborted, with the session where it was after the last whole batch
   */
  async evaluate(ids: readonly number[], options: EvaluateOptions = {}): Promise<Float32Array> {
    return this.#engine.evaluate(this.#opened(), ids, options);
  }

  /**
   * Evaluates tokens like {@link evaluate} and calls `onLogits` with the logits after each of them, (vocabulary,)
   * f32, in order; each array is yours to keep.
   * @throws as {@link evaluate}, and what `onLogits` throws
   */
  async evaluateEach(
    ids: readonly number[],
    onLogits: (index: number, logits: Float32Array) => void,
    options: EvaluateOptions = {},
  ): Promise<void> {
    await this.#engine.evaluateEach(this.#opened(), ids, onLogits, options);
  }

  /**
   * Evaluates tokens like {@link evaluate} and calls `onState` with the hidden state of each of them, (dim,) f32, in
   * order: what its logits would be computed from, behind the model's last norm. Each array is yours to keep.
   * @throws as {@link evaluate}, and what `onState` throws
   */
  async evaluateHidden(
    ids: readonly number[],
    onState: (index: number, state: Float32Array) => void,
    options: EvaluateOptions = {},
  ): Promise<void> {
    await this.#engine.evaluateHidden(this.#opened(), ids, onState, options);
  }

  /**
   * A second session with the same tokens, those that were evaluated whole by now; from here on each goes its own way.
   * Its KV cache is a copy. Dispose of it, too.
   * @param options `contextSize`: tokens that it can hold, at most and by default as many as this one
   * @throws LlamaError `memory` where there is no room for another, `option` for another context size, `disposed`
   */
  fork({ contextSize }: ForkOptions = {}): Session {
    return new Session(this.#engine, this.#engine.forkCache(this.#opened(), contextSize));
  }

  /**
   * Forgets the tokens from `position` on, so that others can follow those before it.
   * @throws LlamaError `option` for a position that is not there; `context` where the model's window of attention has
   *   passed it by, so that what stands before it is no longer kept: only 0 is left then
   */
  rewind(position: number): void {
    const cache = this.#opened();
    if (!Number.isInteger(position) || position < 0 || position > cache.length) {
      throw new LlamaError(
        "option",
        `A session of ${cache.length} tokens cannot be rewound to position ${position}; choose one from 0 to ${cache.length}.`,
      );
    }
    if (!this.#engine.canRewind(cache, position)) {
      throw new LlamaError(
        "context",
        `The session cannot be rewound to position ${position}: the model sees ${this.#engine.config.window} tokens at a time, and those before it are no longer kept; rewind to 0 and evaluate them again.`,
      );
    }
    cache.length = position;
    if (position === 0) cache.written = 0;
  }

  /** @internal Whether {@link rewind} can go there. */
  canRewind(position: number): boolean {
    return this.#engine.canRewind(this.#opened(), position);
  }

  /** @internal Whether the cache has so many tokens at once, which one of a model with a window need not. */
  keepsAll(positions: number): boolean {
    const { rows, written } = this.#opened();
    return positions <= rows && written <= rows;
  }

  /** @internal Whether {@link writeCache} has room for so many tokens. */
  canRestore(positions: number): boolean {
    return positions <= this.#opened().rows;
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
    if (!this.canRestore(positions)) throw new RangeError(`${positions} positions do not fit into the cache`);
    this.rewind(0);
    await this.#engine.useCacheRows(cache, positions, write);
    cache.length = positions;
    cache.written = positions;
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
