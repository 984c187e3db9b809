import type { ModelConfig } from "../model/config.js";

/**
 * The element types a KV cache may have, with the bytes of n values; kernels are found by these names. The last
 * block of `q8_0` is as short as n leaves it, so it serves heads of any size. assembly/kv-cache.ts draws the rows.
 */
export const CACHE_TYPES = {
  f32: (n: number) => n * 4,
  f16: (n: number) => Math.ceil(n / 8) * 16 + 4,
  q8_0: (n: number) => n + 4 * Math.ceil(n / 32),
} as const;
/**
 * Element type of a KV cache: `f32`; `f16` at half the memory, whose rows are 16-bit integers that share a scale, more
 * precise than halves and multiplied as they are; or `q8_0` (int8, a scale for each 32) at a quarter.
 */
export type CacheType = keyof typeof CACHE_TYPES;

export interface CacheTypes {
  readonly key: CacheType;
  readonly value: CacheType;
}

/**
 * Where one layer's keys and values lie: `kvHeads` times `contextSize` rows of `headSize` values, head by head,
 * so that attention reads each head's positions in one stream.
 */
export interface CacheLayout {
  /** Positions that a head has rows for. */
  readonly rows: number;
  /** Bytes from one position to the next, within a head. */
  readonly keyRow: number;
  readonly valueRow: number;
  /** Bytes from one KV head to the next. */
  readonly keyHead: number;
  readonly valueHead: number;
  /** Bytes from the start of a layer's keys to its values. */
  readonly valueOffset: number;
  /** Bytes from one layer to the next. */
  readonly layer: number;
}

export function cacheLayout(config: ModelConfig, contextSize: number, types: CacheTypes): CacheLayout {
  const keyRow = CACHE_TYPES[types.key](config.headSize);
  const valueRow = CACHE_TYPES[types.value](config.headSize);
  const keyHead = aligned(keyRow * contextSize);
  const valueHead = aligned(valueRow * contextSize);
  const valueOffset = keyHead * config.kvHeads;
  return {
    rows: contextSize,
    keyRow,
    valueRow,
    keyHead,
    valueHead,
    valueOffset,
    layer: valueOffset + valueHead * config.kvHeads,
  };
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}

/** The keys and values of one sequence; it belongs to the engine that made it. */
export interface KvCache {
  /** Where it lies in each bank. */
  readonly addresses: readonly number[];
  /** Positions that hold valid keys and values. */
  length: number;
}

/** What the bytes of a cache mean: the positions of one may be taken over by another of the same shape only. */
export interface CacheShape {
  readonly types: CacheTypes;
  readonly layers: number;
  readonly kvHeads: number;
  /** Bytes of one head's key at one position, and of its value. */
  readonly keyRow: number;
  readonly valueRow: number;
}
