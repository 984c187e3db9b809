import { GROUP_ROWS } from "../kernels/exports.js";
import type { ModelConfig } from "../model/config.js";

/** A half-open range of rows, heads or tokens. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Rows are dealt out in the groups that they are packed in: the rest of a cut group would be computed for nothing. */
const ROW_GRANULE = GROUP_ROWS;

/** The worker's part of `total` things, dealt out in whole granules as evenly as they go. */
export function shareOf(total: number, worker: number, workers: number, granule = 1): Range {
  const granules = Math.ceil(total / granule);
  const from = Math.floor((granules * worker) / workers) * granule;
  const to = Math.floor((granules * (worker + 1)) / workers) * granule;
  return { from: Math.min(from, total), to: Math.min(to, total) };
}

/** Which part of every step one worker computes. */
export interface Partition {
  /** Query heads: their rows of the query matrix, their rotation and their attention. */
  readonly heads: Range;
  /** Key and value heads: their rows, rotation and storing in the cache. */
  readonly kvHeads: Range;
  /**
   * Whether each worker's query heads use its own KV heads only, so that nobody waits between writing the
   * cache and attending to it.
   */
  readonly ownsItsKvHeads: boolean;
  /** Rows of matrices that write to the residual stream. */
  readonly dimRows: Range;
  /** Rows of the gate and up matrices. */
  readonly hiddenRows: Range;
  readonly vocabularyRows: Range;
}

/** How much more than its fair share of the KV heads a worker may get before query heads are dealt out instead. */
const UNEVEN = 1.25;

/**
 * Deals the network out. Where the KV heads go evenly enough among the workers, each goes to one worker with all the
 * query heads that share it; otherwise (multi-query attention, 4 KV heads for 3 workers) the query heads are dealt
 * out on their own, for the price of one more barrier.
 */
export function partitionFor(config: ModelConfig, worker: number, workers: number): Partition {
  const kvHeads = shareOf(config.kvHeads, worker, workers);
  const group = config.heads / config.kvHeads;
  const isEven = Math.ceil(config.kvHeads / workers) * workers <= UNEVEN * config.kvHeads;
  const ownsItsKvHeads = group === 1 || (config.kvHeads >= workers && isEven);
  return {
    heads: ownsItsKvHeads
      ? { from: kvHeads.from * group, to: kvHeads.to * group }
      : shareOf(config.heads, worker, workers),
    kvHeads,
    ownsItsKvHeads,
    dimRows: shareOf(config.dim, worker, workers, ROW_GRANULE),
    hiddenRows: shareOf(config.hiddenDim, worker, workers, ROW_GRANULE),
    vocabularyRows: shareOf(config.vocabularySize, worker, workers, ROW_GRANULE),
  };
}
