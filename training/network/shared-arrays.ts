import { type Activations, Arena, planActivations } from "./activations.js";
import { type CachePlan, planCache, type SamplingSize } from "./cache.js";
import { ParameterLayout } from "./parameters.js";
import type { Shape } from "./shape.js";

/**
 * A step's documents are dealt into this many shards, each with gradients of its own: as many workers may share the
 * work, and their number changes nothing in the result.
 */
export const SHARDS = 4;

/** Byte addresses of what all workers share. */
export interface SharedArrays {
  readonly values: number;
  /** Each matrix transposed, at its own offset. */
  readonly transposed: number;
  /** AdamW's moments. */
  readonly means: number;
  readonly squares: number;
  /** One array a shard. */
  readonly gradients: readonly number[];
  /** f64: squared norm of each parameter's gradient; total weight of each shard. */
  readonly norms: number;
  readonly weights: number;
  /** Three u32 for the barrier. */
  readonly barrier: number;
}

/** All addresses of a training run: plain data for its threads. */
export interface MemoryPlan {
  readonly shared: SharedArrays;
  /** One a worker: where its products copy what they read again and again. */
  readonly panels: readonly number[];
  /** One a worker. */
  readonly activations: readonly Activations[];
  /** One a worker, where it is to sample. */
  readonly caches: readonly CachePlan[];
  readonly pages: number;
}

export interface MemorySize {
  readonly shape: Shape;
  readonly shardTokens: number;
  readonly workers: number;
  readonly sampling?: SamplingSize;
}

export function planTrainingMemory(
  { shape, shardTokens, workers, sampling }: MemorySize,
  heapBase: number,
  panelSize: number,
): MemoryPlan {
  const layout = new ParameterLayout(shape);
  const arena = new Arena(heapBase);
  const shared = {
    barrier: arena.take(16),
    norms: arena.take(2 * layout.all.length),
    weights: arena.take(2 * SHARDS),
    values: arena.take(layout.size),
    transposed: arena.take(layout.size),
    means: arena.take(layout.size),
    squares: arena.take(layout.size),
    gradients: Array.from({ length: SHARDS }, () => arena.take(layout.size)),
  };
  const each = <T>(plan: () => T) => Array.from({ length: workers }, plan);
  const panels = each(() => arena.take(panelSize));
  const activations = each(() => planActivations(shape, Math.max(shardTokens, sampling?.lanes ?? 0), arena));
  const caches = sampling === undefined ? [] : each(() => planCache(shape, sampling, arena));
  return { shared, panels, activations, caches, pages: Math.ceil(arena.end / 65536) };
}
