import type { ModelConfig } from "../../model/config.js";

/** A half-open range of rows, heads or tokens. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The worker's part of `total` things, dealt out in whole granules as evenly as they go. */
export function shareOf(total: number, worker: number, workers: number, granule = 1): Range {
  const granules = Math.ceil(total / granule);
  const from = Math.floor((granules * worker) / workers) * granule;
  const to = Math.floor((granules * (worker + 1)) / workers) * granule;
  return { from: Math.min(from, total), to: Math.min(to, total) };
}

/**
 * Rows or heads as one worker sees them. Workers never run at one speed: another process has its turn on a core, or
 * memory is busy. So the last ones belong to nobody: pieces of them go to whichever worker has finished its own rows.
 */
export interface Share {
  readonly own: Range;
  readonly shared: Range;
  /** How many a piece of what is shared has, but for the last one. */
  readonly piece: number;
}

/** The part that is shared: more than workers are usually apart. */
const SHARED_PART = 1 / 8;
/** Pieces a worker: small enough to end together, large enough that taking one costs nothing beside it. */
const PIECES = 8;

/** Deals things out in whole granules: all but the last as evenly as they go, and the last in pieces. */
export function shareInPieces(total: number, worker: number, workers: number, granule: number): Share {
  const granules = Math.ceil(total / granule);
  const sharedGranules = workers === 1 ? 0 : Math.floor(granules * SHARED_PART);
  const owned = Math.min(total, (granules - sharedGranules) * granule);
  return {
    own: shareOf(owned, worker, workers, granule),
    shared: { from: owned, to: total },
    piece: Math.ceil(sharedGranules / (PIECES * workers)) * granule,
  };
}

/** Which part of every step one worker computes. */
export interface Partition {
  /** Key and value heads: their rows, rotation and storing in the cache; and all that is done for their query heads. */
  readonly kvHeads: Share;
  /** The query heads where they are dealt out on their own: they attend to what other workers write to the cache. */
  readonly heads: Range | undefined;
  /** Rows of matrices that write to the residual stream. */
  readonly dimRows: Share;
  /** Rows of the gate and up matrices. */
  readonly hiddenRows: Share;
  readonly vocabularyRows: Share;
}

/** How much more than its fair share of the KV heads a worker may get before query heads are dealt out instead. */
const UNEVEN = 1.25;

/**
 * Deals the network out. Where the KV heads go evenly enough among the workers, each goes to one worker with all the
 * query heads that share it, so that nobody waits between writing the cache and attending to it; otherwise (multi-query
 * attention, 4 KV heads for 3 workers) the query heads are dealt out on their own, for the price of one more barrier.
 * @param groupRows rows that are packed together, and so dealt out together: the rest of a cut group would be computed
 *   for nothing
 */
export function partitionFor(config: ModelConfig, groupRows: number, worker: number, workers: number): Partition {
  const group = config.heads / config.kvHeads;
  const isEven = Math.ceil(config.kvHeads / workers) * workers <= UNEVEN * config.kvHeads;
  const ownsItsKvHeads = group === 1 || (config.kvHeads >= workers && isEven);
  return {
    kvHeads: ownsItsKvHeads
      ? shareInPieces(config.kvHeads, worker, workers, 1)
      : { own: shareOf(config.kvHeads, worker, workers), shared: { from: 0, to: 0 }, piece: 0 },
    heads: ownsItsKvHeads ? undefined : shareOf(config.heads, worker, workers),
    dimRows: shareInPieces(config.dim, worker, workers, groupRows),
    hiddenRows: shareInPieces(config.hiddenDim, worker, workers, groupRows),
    vocabularyRows: shareInPieces(config.vocabularySize, worker, workers, groupRows),
  };
}
