import { LlamaError } from "../errors.js";
import { readTensorData } from "../gguf/data.js";
import type { GgufFile } from "../gguf/file.js";
import { toFloats } from "../gguf/floats.js";
import { compileKernels, type KernelBuild, PAGE_BYTES, sharedMemory } from "../kernels/load.js";
import { readAdapter, withAdapters } from "../model/adapters.js";
import { type ModelConfig, readConfig } from "../model/config.js";
import { type RopeAngles, ropeAngles } from "../model/rope.js";
import { findWeights, type ModelWeights } from "../model/weights.js";
import { checkTokens, type EvaluateOptions, Evaluation } from "./evaluation.js";
import { limitFor, memoryIsFreeing } from "./memory-limit.js";
import { type CacheShape, rowsFor } from "./plan/cache-layout.js";
import { type EngineShape, LOGIT_ROWS } from "./plan/engine-shape.js";
import type { BankPlan, MemoryPlan } from "./plan/memory-plan.js";
import { type MemoryNeed, memoryNeed } from "./plan/need.js";
import { type EngineOptions, planFor, planForLimit } from "./plan-options.js";
import { LogitsWanted } from "./run/job.js";
import { Scheduler } from "./scheduler.js";
import { CacheStore, type KvCache } from "./team/cache-store.js";
import { type JobOptions, WorkerPool } from "./team/pool.js";
import { MAX_BANKS, MAX_SLICES } from "./team/protocol.js";

export type { EngineOptions } from "./plan-options.js";

/**
 * A loaded model: its weights in shared memory and the workers that compute with them. It knows token ids and
 * logits, no text. Calls for different sequences are computed together; those for one, in their order.
 */
export class Engine {
  readonly config: ModelConfig;
  readonly contextSize: number;
  readonly threads: number;
  readonly kernelBuild: KernelBuild;
  readonly memory: MemoryNeed;
  readonly cacheShape: CacheShape;
  /** Memories of 4 GiB at most that the model lies in. */
  readonly banks: number;
  /** The one list of them that all share, so that emptying it lets them go, whoever still holds the engine. */
  readonly #memories: WebAssembly.Memory[];
  readonly #caches: CacheStore;
  readonly #pool: WorkerPool;
  readonly #scheduler: Scheduler;
  readonly #batchSize: number;
  readonly #adapters: number;
  #end: Promise<void> | undefined;

  private constructor(config: ModelConfig, plan: MemoryPlan, shape: EngineShape, parts: EngineParts) {
    this.config = config;
    this.contextSize = shape.contextSize;
    this.threads = shape.workers;
    this.kernelBuild = parts.kernelBuild;
    this.memory = memoryNeed(plan);
    const { keyRow, valueRow } = plan.cache;
    this.cacheShape = { types: shape.cacheTypes, layers: config.layers, kvHeads: config.kvHeads, keyRow, valueRow };
    this.banks = plan.banks.length;
    this.#memories = parts.memories;
    this.#caches = new CacheStore(plan, config.kvHeads, parts.memories, parts.memoryLimit);
    this.#pool = parts.pool;
    this.#batchSize = shape.batchSize;
    this.#adapters = parts.adapters;
    const limits = { tokens: shape.batchSize, slices: MAX_SLICES, logitRows: LOGIT_ROWS };
    this.#scheduler = new Scheduler(parts.pool, limits, {
      logits: (row) => this.#readRow(plan.logits, row, config.vocabularySize),
      hidden: (token) => this.#readRow((plan.banks.at(-1) as BankPlan).scratch.x, token, config.dim),
    });
  }

  /**
   * Checks the model, lays it out in memory and loads its weights.
   * @throws LlamaError `unsupported`, `model`, `memory`, `format`, `worker`; the signal's reason when aborted
   */
  static async load(file: GgufFile, options: EngineOptions, job: JobOptions = {}): Promise<Engine> {
    const { config, weights } = readModel(file, options);
    const kernels = compileKernels(options.kernels);
    const smallest = planFor(config, weights, kernels, options);
    const need = memoryNeed(smallest.plan);
    const memoryLimit = await limitFor(need, options.contextSize, options.memoryLimit);
    const { plan, shape } = planForLimit(smallest, config, weights, memoryLimit);
    const memories = allocateBanks(plan);
    const model = { config, plan, angles: anglesOf(config, weights), cacheTypes: options.cacheTypes };
    const origin = options.origin ?? { kind: "files" };
    const { workers, batchSize } = shape;
    const { module, build: kernelBuild } = kernels;
    const adapters = options.adapters?.length ?? 0;
    const pool = await WorkerPool.start({ workers, batchSize, module, memories, model, adapters, origin }, job);
    return new Engine(config, plan, shape, { kernelBuild, memories, pool, memoryLimit, adapters });
  }

  /**
   * What a load with these options takes of memory, without loading.
   * @throws LlamaError as {@link load}, but for lack of memory in the machine
   */
  static memoryNeed(file: GgufFile, options: EngineOptions): MemoryNeed {
    const { config, weights } = readModel(file, options);
    return memoryNeed(planFor(config, weights, compileKernels(options.kernels), options).plan);
  }

  /**
   * A KV cache, by default of the engine's `contextSize`; give it back with {@link releaseCache}.
   * @param scales what each adapter is multiplied by; by default 0
   * @throws LlamaError `memory` where there is no room for it, `disposed`
   */
  createCache(contextSize = this.contextSize, scales: readonly number[] = []): KvCache {
    const rows = rowsFor(this.config, contextSize, this.#batchSize);
    return this.#caches.create(contextSize, rows, this.#scalesOfAll(scales));
  }

  /**
   * Gives an empty sequence other scales of the adapters: what a cache holds was computed with the ones it has.
   * @throws LlamaError `option` where it is not empty, or a call for it is not over
   */
  setScales(cache: KvCache, scales: readonly number[]): void {
    const all = this.#scalesOfAll(scales);
    if (all.every((scale, adapter) => scale === cache.scales[adapter])) return;
    if (this.#scheduler.isAtWork(cache)) {
      throw new LlamaError("option", "The session is at work; change its adapters when its calls are over.");
    }
    if (cache.length > 0) {
      throw new LlamaError(
        "option",
        `The session holds ${cache.length} tokens that were evaluated with other adapters; rewind it to 0, change them, and evaluate the tokens again.`,
      );
    }
    cache.written = 0;
    cache.scales = all;
  }

  #scalesOfAll(scales: readonly number[]): number[] {
    return Array.from({ length: this.#adapters }, (_, adapter) => scales[adapter] ?? 0);
  }

  /**
   * Another cache with the same tokens: those that are whole now, whatever is under way.
   * @throws LlamaError `option` for a context that is larger than the first, or too small for its tokens; `memory`
   */
  forkCache(cache: KvCache, contextSize = cache.contextSize): KvCache {
    if (!Number.isInteger(contextSize) || contextSize > cache.contextSize || contextSize < Math.max(1, cache.length)) {
      throw new LlamaError(
        "option",
        `A fork's context must have from ${Math.max(1, cache.length)} to ${cache.contextSize} positions (got ${contextSize}).`,
      );
    }
    const rows = Math.min(cache.rows, rowsFor(this.config, contextSize, this.#batchSize));
    return this.#caches.copy(cache, contextSize, rows);
  }

  /** Whether a cache still has all that the tokens behind a position see. */
  canRewind({ rows, written }: KvCache, position: number): boolean {
    const { window } = this.config;
    if (position === 0 || window === undefined || written <= rows) return true;
    return Math.max(0, position - window + 1) >= written - rows;
  }

  /** Gives a cache back. Calls for it that are not over are rejected. */
  releaseCache(cache: KvCache): void {
    const error = new LlamaError("disposed", "The session was disposed of while it was at work.");
    this.#scheduler.leave(cache, error, () => this.#caches.release(cache));
  }

  /**
   * Lends the memory of a cache's first `positions` to `use`, to be read or written; see {@link CacheStore.rows}.
   * Nothing else happens to the cache meanwhile.
   * @throws LlamaError `context` where it does not have that many any more
   */
  useCacheRows(cache: KvCache, positions: number, use: (rows: Iterable<Uint8Array>) => Promise<void>): Promise<void> {
    return this.#scheduler.hold(cache, async () => {
      if (positions > cache.rows || cache.written > cache.rows) throw goneBy(cache);
      await use(this.#caches.rows(cache, positions));
    });
  }

  /**
   * Evaluates tokens behind those in the cache, a batch at a time, and returns the logits after the last one,
   * (vocabulary,). Aborted, it leaves in the cache the batches that were whole.
   * @throws LlamaError `context` where the cache has no room for them, `option` for ids outside the vocabulary
   */
  async evaluate(cache: KvCache, tokens: readonly number[], options: EvaluateOptions = {}): Promise<Float32Array> {
    let last = new Float32Array() as Float32Array;
    const onLogits = (_: number, logits: Float32Array) => {
      last = logits;
    };
    await this.#evaluate(cache, tokens, LogitsWanted.LAST, onLogits, options);
    return last;
  }

  /**
   * Like {@link evaluate}, and calls `onLogits(index, logits)` for every one of the tokens, in order. Each array is the
   * caller's own.
   */
  async evaluateEach(
    cache: KvCache,
    tokens: readonly number[],
    onLogits: (index: number, logits: Float32Array) => void,
    options: EvaluateOptions = {},
  ): Promise<void> {
    await this.#evaluate(cache, tokens, LogitsWanted.ALL, onLogits, options);
  }

  /**
   * Like {@link evaluate}, and calls `onState(index, state)` for every one of the tokens, in order, with what its
   * logits would be computed from: (dim,) f32, the residual stream behind the last layer, normalised by the output's
   * norm. Each array is the caller's own.
   */
  async evaluateHidden(
    cache: KvCache,
    tokens: readonly number[],
    onState: (index: number, state: Float32Array) => void,
    options: EvaluateOptions = {},
  ): Promise<void> {
    await this.#evaluate(cache, tokens, LogitsWanted.HIDDEN, onState, options);
  }

  /** Ends the workers and lets the memory go. Calls under way are rejected. Every call returns when that is done. */
  dispose(): Promise<void> {
    this.#end ??= this.#dispose();
    return this.#end;
  }

  async #dispose(): Promise<void> {
    const over = this.#scheduler.close(new LlamaError("disposed", "The model was disposed of; load it again."));
    await this.#pool.close();
    await over;
    this.#memories.length = 0;
    memoryIsFreeing();
  }

  async #evaluate(
    cache: KvCache,
    tokens: readonly number[],
    logits: Evaluation["logits"],
    onRow: (index: number, row: Float32Array) => void,
    options: EvaluateOptions,
  ): Promise<void> {
    checkTokens(tokens, this.config.vocabularySize);
    const { signal } = options;
    signal?.throwIfAborted();
    let abort: (() => void) | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const settle = { resolve, reject };
        const evaluation = new Evaluation(cache, [...tokens], logits, onRow, options, settle);
        abort = signal && (() => this.#scheduler.cancel(evaluation, signal.reason));
        if (abort !== undefined) signal?.addEventListener("abort", abort);
        this.#scheduler.add(evaluation);
      });
    } finally {
      if (abort !== undefined) signal?.removeEventListener("abort", abort);
    }
  }

  /** A copy of one of the rows at an address in the last bank. */
  #readRow(address: number, row: number, columns: number): Float32Array {
    const memory = this.#memories.at(-1) as WebAssembly.Memory;
    return new Float32Array(memory.buffer, address + row * columns * 4, columns).slice();
  }
}

interface EngineParts {
  readonly kernelBuild: KernelBuild;
  readonly memories: WebAssembly.Memory[];
  readonly pool: WorkerPool;
  readonly memoryLimit: number;
  readonly adapters: number;
}

/** The model with its adapters, checked. */
function readModel(file: GgufFile, { adapters = [] }: EngineOptions) {
  const config = readConfig(file.metadata);
  const weights = findWeights(file, config);
  return {
    config,
    weights: withAdapters(
      weights,
      adapters.map((adapter) => readAdapter(adapter, config, weights)),
    ),
  };
}

function goneBy({ rows, written }: KvCache): LlamaError {
  return new LlamaError(
    "context",
    `The KV cache keeps the last ${rows} of ${written} tokens, since the model sees no more; it cannot be saved or restored.`,
  );
}

function anglesOf(config: ModelConfig, { ropeFactors }: ModelWeights): RopeAngles {
  return ropeAngles(config.rope, ropeFactors && toFloats(ropeFactors.type, readTensorData(ropeFactors)));
}

function allocateBanks(plan: MemoryPlan): WebAssembly.Memory[] {
  if (plan.banks.length > MAX_BANKS) {
    throw new LlamaError(
      "memory",
      `The model would need ${plan.banks.length} memory banks, and ${MAX_BANKS} is the limit.`,
    );
  }
  return plan.banks.map(({ bytes }) => sharedMemory(Math.ceil(bytes / PAGE_BYTES)));
}
