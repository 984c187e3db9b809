import type { GgufFile } from "../gguf/file.js";
import { type CompiledKernels, type KernelBuild, kernelsForSizes, MAX_PAGES, PAGE_BYTES } from "../kernels/load.js";
import type { ModelConfig } from "../model/config.js";
import type { ModelWeights } from "../model/weights.js";
import { planMemory } from "./plan/banks.js";
import type { CacheTypes } from "./plan/cache-layout.js";
import type { EngineShape } from "./plan/engine-shape.js";
import type { MemoryPlan } from "./plan/memory-plan.js";
import { memoryNeed } from "./plan/need.js";
import { CONTROL_BYTES, MAX_BANKS } from "./team/protocol.js";
import type { WeightOrigin } from "./team/weight-source.js";
import { defaultWorkers } from "./threads.js";

export interface EngineOptions {
  /** Worker threads; by default the physical cores, fewer for small models. */
  readonly threads?: number | undefined;
  /** Positions that a KV cache holds unless it is asked for another. */
  readonly contextSize: number;
  /** Tokens that are evaluated together. */
  readonly batchSize: number;
  readonly cacheTypes: CacheTypes;
  readonly kernels?: KernelBuild | undefined;
  /** Bytes that banks and caches may take; by default what the machine has to give. */
  readonly memoryLimit?: number | undefined;
  /** Adapters in GGUF, that sequences may have at any scale; by default none. */
  readonly adapters?: readonly GgufFile[] | undefined;
  /** Where the weights come from; by default the model's files. */
  readonly origin?: WeightOrigin | undefined;
  /** Less than the 4 GiB of a bank only to try how models span several. */
  readonly maxBankBytes?: number | undefined;
}

/** A plan, and what it was made for. */
export interface Planned {
  readonly plan: MemoryPlan;
  readonly shape: EngineShape;
}

/** The plan that takes least memory, with one cache. */
export function planFor(
  config: ModelConfig,
  weights: ModelWeights,
  kernels: CompiledKernels,
  options: EngineOptions,
): Planned {
  const sizes = kernelsForSizes(kernels);
  const shapeFor = (workers: number): EngineShape => ({
    workers,
    contextSize: options.contextSize,
    sequences: 1,
    batchSize: Math.min(options.batchSize, options.contextSize),
    cacheTypes: options.cacheTypes,
    kernels: sizes,
    controlBytes: CONTROL_BYTES,
    maxBankBytes: options.maxBankBytes ?? MAX_PAGES * PAGE_BYTES,
  });
  const alone = memoryNeed(planMemory(config, weights, shapeFor(1)));
  const shape = shapeFor(options.threads ?? defaultWorkers(alone, config.layers));
  return { plan: planMemory(config, weights, shape), shape };
}

/** Caches that banks are planned for where there is memory for as many. */
const SEQUENCES = [8, 4, 2];

/**
 * The plan for as many caches as the limit has room for. A bank that weights fill to its end has none for a second
 * cache, however much the machine has; more banks than the weights need cost only their scratch.
 */
export function planForLimit(
  smallest: Planned,
  config: ModelConfig,
  weights: ModelWeights,
  memoryLimit: number,
): Planned {
  const { cache, total } = memoryNeed(smallest.plan);
  for (const sequences of SEQUENCES) {
    if (total + (sequences - 1) * cache > memoryLimit) continue;
    const shape = { ...smallest.shape, sequences };
    const plan = planMemory(config, weights, shape);
    if (plan.banks.length > MAX_BANKS) continue;
    if (memoryNeed(plan).total + (sequences - 1) * cache <= memoryLimit) return { plan, shape };
  }
  return smallest;
}
