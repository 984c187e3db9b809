import { type CacheType, cacheFormat } from "../kernels/cache-types.js";
import type { Kernels } from "../kernels/exports.js";
import type { ModelConfig } from "../model/config.js";

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

export function cacheLayout(
  kernels: Kernels,
  config: ModelConfig,
  contextSize: number,
  types: CacheTypes,
): CacheLayout {
  const keyRow = cacheFormat(kernels, types.key).rowBytes(config.headSize);
  const valueRow = cacheFormat(kernels, types.value).rowBytes(config.headSize);
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
