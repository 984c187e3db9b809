import { setTimeout } from "node:timers/promises";
import { LlamaError } from "../errors.js";
import { readTensorData } from "../gguf/data.js";
import type { GgufFile } from "../gguf/file.js";
import { toFloats } from "../gguf/floats.js";
import { type CompiledKernels, compileKernels, type KernelBuild, kernelsForSizes, sharedMemory } from "../kernels/load.js";
import { type ModelConfig, readConfig } from "../model/config.js";
import { type RopeAngles, ropeAngles } from "../model/rope.js";
import { findWeights, type ModelWeights } from "../model/weights.js";
import { availableMemory } from "./available-memory.js";
import { byteSize } from "../byte-size.js";
import { CacheStore } from "./cache-store.js";
import { collectGarbage } from "./collect-garbage.js";
import type { CacheShape, CacheTypes, KvCache } from "./kv-cache.js";
import {
  type EngineShape,
  LOGIT_ROWS,
  MAX_BANK_BYTES,
  type MemoryNeed,
  type MemoryPlan,
  memoryNeed,
  PAGE_BYTES,
  planMemory,
} from "./memory.js";
import { type JobOptions, WorkerPool } from "./pool.js";
import { LogitsWanted, MAX_BANKS } from "./protocol.js";
import { defaultWorkers } from "./threads.js";
import type { WeightOrigin } from "./weight-source.js";

export interface EngineOptions {
  /** Worker threads; by default the physical cores, fewer for small models. */
  readonly threads?: number | undefined;
  /** Positions that a KV cache holds. */
  readonly contextSize: number;
  /** Tokens of a prompt that are evaluated together. */
  readonly batchSize: number;
  readonly cacheTypes: CacheTypes;
  readonly kernels?: KernelBuild | undefined;
  /** Bytes that banks and caches may take; by default what the machine has to give. */
  readonly memoryLimit?: number | undefined;
  /** Where the weights come from; by default the model's files. */
  readonly origin?: WeightOrigin | undefined;
  /** Less than the 4 GiB of a bank only to try how models span several. */
  readonly maxBankBytes?: number | undefined;
}

/**
 * A loaded model: its weights in shared memory and the workers that compute with them. It knows token ids and
 * logits, no text. Jobs run one after the other, in the order of the calls.
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
  readonly #plan: MemoryPlan;
  /** The one list of them that all share, so that emptying it lets them go, whoever still holds the engine. */
  readonly #memories: WebAssembly.Memory[];
  readonly #caches: CacheStore;
  readonly #pool: WorkerPool;
  readonly #batchSize: number;
  #lastJob: Promise<unknown> = Promise.resolve();

  private constructor(config: ModelConfig, plan: MemoryPlan, shape: EngineShape, parts: EngineParts) {
    this.config = config;
    this.contextSize = shape.contextSize;
    this.threads = shape.workers;
    this.kernelBuild = parts.kernels.build;
    this.memory = memoryNeed(plan);
    const { keyRow, valueRow } = plan.cache;
    this.cacheShape = { types: shape.cacheTypes, layers: config.layers, kvHeads: config.kvHeads, keyRow, valueRow };
    this.banks = plan.banks.length;
    this.#plan = plan;
    this.#memories = parts.memories;
    this.#caches = new CacheStore(plan, parts.memories, parts.memoryLimit);
    this.#pool = parts.pool;
    this.#batchSize = shape.batchSize;
  }

  /**
   * Checks the model, lays it out in memory and loads its weights.
   * @throws LlamaError `unsupported`, `model`, `memory`, `format`; the signal's reason when aborted
   */
  static async load(file: GgufFile, options: EngineOptions, job: JobOptions = {}): Promise<Engine> {
    const config = readConfig(file.metadata);
    const weights = findWeights(file, config);
    const kernels = compileKernels(options.kernels);
    const { plan, shape } = planFor(config, weights, kernels, options);
    const memoryLimit = await limitFor(memoryNeed(plan), shape.contextSize, options.memoryLimit);
    const memories = allocateBanks(plan);
    const model = { config, plan, angles: anglesOf(config, weights), cacheTypes: options.cacheTypes };
    const origin = options.origin ?? { kind: "files" };
    const data = { workers: shape.workers, module: kernels.module, memories, model, origin };
    const pool = await WorkerPool.start(data, job);
    return new Engine(config, plan, shape, { kernels, memories, pool, memoryLimit });
  }

  /**
   * What a load with these options takes of memory, without loading.
   * @throws LlamaError as {@link load}, but for lack of memory in the machine
   */
  static memoryNeed(file: GgufFile, options: EngineOptions): MemoryNeed {
    const config = readConfig(file.metadata);
    const weights = findWeights(file, config);
    return memoryNeed(planFor(config, weights, compileKernels(options.kernels), options).plan);
  }

  /** A KV cache of `contextSize` positions; give it back with {@link releaseCache}. */
  createCache(): KvCache {
    return this.#caches.create();
  }

  releaseCache(cache: KvCache): void {
    this.#caches.release(cache);
  }

  /**
   * Lends the memory of a cache's first `positions` to `use`, to be read or written; see {@link CacheStore.rows}. Nothing
   * is computed meanwhile.
   */
  useCacheRows(cache: KvCache, positions: number, use: (rows: Iterable<Uint8Array>) => Promise<void>): Promise<void> {
    return this.#whenIdle(() => use(this.#caches.rows(cache, positions)));
  }

  /**
   * Evaluates tokens behind those in the cache, a batch at a time, and returns the logits after the last one,
   * (vocabulary,). Aborted between two layers, it leaves in the cache the batches that were whole.
   * @throws LlamaError `context` where the cache has no room for them
   */
  async evaluate(cache: KvCache, tokens: readonly number[], options: JobOptions = {}): Promise<Float32Array> {
    return this.#whenIdle(async () => {
      this.#checkTokens(cache, tokens);
      for (let done = 0; done < tokens.length; ) {
        const batch = tokens.slice(done, done + this.#batchSize);
        const isLast = done + batch.length === tokens.length;
        const progress = partOf(options, done / tokens.length, batch.length / tokens.length);
        await this.#run(cache, batch, isLast ? LogitsWanted.LAST : LogitsWanted.NONE, progress);
        done += batch.length;
      }
      return this.#readLogits(0);
    });
  }

  /**
   * Like {@link evaluate}, and calls `onLogits(index, logits)` for every one of the tokens, in order. The array is
   * valid during the call only.
   */
  async evaluateEach(
    cache: KvCache,
    tokens: readonly number[],
    onLogits: (index: number, logits: Float32Array) => void,
    options: JobOptions = {},
  ): Promise<void> {
    const size = Math.min(LOGIT_ROWS, this.#batchSize);
    await this.#whenIdle(async () => {
      this.#checkTokens(cache, tokens);
      for (let done = 0; done < tokens.length; done += size) {
        const batch = tokens.slice(done, done + size);
        const progress = partOf(options, done / tokens.length, batch.length / tokens.length);
        await this.#run(cache, batch, LogitsWanted.ALL, progress);
        for (let i = 0; i < batch.length; i++) onLogits(done + i, this.#readLogits(i));
      }
    });
  }

  /** Ends the workers and lets the memory go. Calls under way are rejected. */
  async dispose(): Promise<void> {
    await this.#pool.close();
    await this.#lastJob;
    this.#memories.length = 0;
    mayBeFreeing = true;
  }

  async #run(cache: KvCache, tokens: readonly number[], logits: LogitsWanted, options: JobOptions): Promise<void> {
    const job = { tokens, position: cache.length, logits, cacheAddresses: cache.addresses };
    await this.#pool.run(job, options);
    cache.length += tokens.length;
  }

  /** Runs `work` once everything that was called before is over, however it ended. */
  #whenIdle<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#lastJob.then(work, work);
    this.#lastJob = result.catch(() => undefined);
    return result;
  }

  #checkTokens(cache: KvCache, tokens: readonly number[]): void {
    if (tokens.length === 0) {
      throw new LlamaError("option", "There are no tokens to evaluate, and at least one was wanted.");
    }
    const { vocabularySize } = this.config;
    for (const token of tokens) {
      if (Number.isInteger(token) && token >= 0 && token < vocabularySize) continue;
      throw new LlamaError(
        "option",
        `Token ${token} is not in the vocabulary; ids from 0 to ${vocabularySize - 1} were wanted.`,
      );
    }
    const free = this.contextSize - cache.length;
    if (tokens.length > free) {
      throw new LlamaError(
        "context",
        `${tokens.length} tokens do not fit: ${free} of the context's ${this.contextSize} positions are free; shorten the prompt or load the model with a larger context size.`,
      );
    }
  }

  #readLogits(row: number): Float32Array {
    const memory = this.#memories.at(-1) as WebAssembly.Memory;
    const { vocabularySize } = this.config;
    const start = this.#plan.logits + row * vocabularySize * 4;
    return new Float32Array(memory.buffer, start, vocabularySize).slice();
  }
}

interface EngineParts {
  readonly kernels: CompiledKernels;
  readonly memories: WebAssembly.Memory[];
  readonly pool: WorkerPool;
  readonly memoryLimit: number;
}

function planFor(config: ModelConfig, weights: ModelWeights, kernels: CompiledKernels, options: EngineOptions) {
  const sizes = kernelsForSizes(kernels);
  const shapeFor = (workers: number): EngineShape => ({
    workers,
    contextSize: options.contextSize,
    batchSize: Math.min(options.batchSize, options.contextSize),
    cacheTypes: options.cacheTypes,
    kernels: sizes,
    maxBankBytes: options.maxBankBytes ?? MAX_BANK_BYTES,
  });
  const alone = memoryNeed(planMemory(config, weights, shapeFor(1)));
  const shape = shapeFor(options.threads ?? defaultWorkers(alone, config.layers));
  return { plan: planMemory(config, weights, shape), shape };
}

function anglesOf(config: ModelConfig, { ropeFactors }: ModelWeights): RopeAngles {
  return ropeAngles(config.rope, ropeFactors && toFloats(ropeFactors.type, readTensorData(ropeFactors)));
}

/** Whether V8 may still hold the memory of an engine that was disposed of. */
let mayBeFreeing = false;
/** How long the memory of a model that was disposed of is waited for: V8 gives it back in a thread of its own. */
const FREEING_MS = 1000;
const FREEING_POLL_MS = 20;

/** What a model may take of the free memory; page tables, JavaScript heaps and other processes want some too. */
const USABLE = 15 / 16;

/**
 * Finds how much memory there is for a model, and refuses one that needs more before anything is allocated: a system
 * promises more than it has, and then ends whoever takes it at its word.
 */
async function limitFor(need: MemoryNeed, contextSize: number, wanted: number | undefined): Promise<number> {
  let limit = wanted ?? availableMemory() * USABLE;
  if (wanted === undefined && need.total > limit) {
    collectGarbage();
    limit = availableMemory() * USABLE;
    for (let waited = 0; mayBeFreeing && need.total > limit && waited < FREEING_MS; waited += FREEING_POLL_MS) {
      await setTimeout(FREEING_POLL_MS);
      limit = availableMemory() * USABLE;
    }
    mayBeFreeing = false;
  }
  if (need.total <= limit) return limit;
  const parts = `weights ${byteSize(need.weights)}, KV cache for ${contextSize} positions ${byteSize(need.cache)}, scratch ${byteSize(need.scratch)}`;
  const there = wanted === undefined ? `this machine has ${byteSize(limit)} free` : `the limit is ${byteSize(limit)}`;
  throw new LlamaError(
    "memory",
    `The model needs ${byteSize(need.total)} of memory (${parts}), and ${there}; choose a smaller context or model, or another memory limit.`,
  );
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

/** Progress of a part of the work, told as progress of the whole. */
function partOf({ signal, onProgress }: JobOptions, before: number, share: number): JobOptions {
  return { signal, onProgress: onProgress && ((done) => onProgress(before + done * share)) };
}
