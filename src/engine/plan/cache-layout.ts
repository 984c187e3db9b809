import { type CacheType, cacheFormat } from "../../kernels/cache-types.js";
import type { Kernels } from "../../kernels/exports.js";
import type { ModelConfig } from "../../model/config.js";

export interface CacheTypes {
  readonly key: CacheType;
  readonly value: CacheType;
}

/** Bytes of one head's key at one position, and of its value. */
export interface CacheRow {
  readonly keyRow: number;
  readonly valueRow: number;
}

/**
 * Where one layer's keys and values lie: `kvHeads` times `rows` rows of `headSize` values, head by head, so that
 * attention reads each head's positions in one stream. Position p is row p % `rows`.
 */
export interface CacheLayout extends CacheRow {
  /** Positions that a head has rows for. */
  readonly rows: number;
  /** Bytes from one KV head to the next. */
  readonly keyHead: number;
  readonly valueHead: number;
  /** Bytes from the start of a layer's keys to its values. */
  readonly valueOffset: number;
  /** Bytes from one layer to the next. */
  readonly layer: number;
}

export function cacheLayout(kernels: Kernels, config: ModelConfig, rows: number, types: CacheTypes): CacheLayout {
  const keyRow = cacheFormat(kernels, types.key).rowBytes(config.headSize);
  const valueRow = cacheFormat(kernels, types.value).rowBytes(config.headSize);
  return layoutOfRows({ keyRow, valueRow }, config.kvHeads, rows);
}

/** The layout of a cache of any length, by the bytes of its rows. */
export function layoutOfRows({ keyRow, valueRow }: CacheRow, kvHeads: number, rows: number): CacheLayout {
  const keyHead = aligned(keyRow * rows);
  const valueHead = aligned(valueRow * rows);
  const valueOffset = keyHead * kvHeads;
  return { rows, keyRow, valueRow, keyHead, valueHead, valueOffset, layer: valueOffset + valueHead * kvHeads };
}

/** What the kernels go through together of a cache that wraps. */
const RING_ROWS = 32;

/**
 * Rows for a context. Of a model with a window only what it sees is kept, and room for a batch: while its tokens are
 * written, the first of them still sees what lies a window before it.
 */
export function rowsFor({ window }: ModelConfig, contextSize: number, batchSize: number): number {
  if (window === undefined) return contextSize;
  return Math.min(contextSize, Math.ceil((window + batchSize) / RING_ROWS) * RING_ROWS);
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}

/** What the bytes of a cache mean: the positions of one may be taken over by another of the same shape only. */
export interface CacheShape extends CacheRow {
  readonly types: CacheTypes;
  readonly layers: number;
  readonly kvHeads: number;
}
