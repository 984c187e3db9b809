import { type CacheLayout, type CacheRow, layoutOfRows } from "../plan/cache-layout.js";
import { type AdapterRun, adapterRuns } from "./adapter-step.js";
import { type ForwardJob, LogitsWanted, type Slice } from "./job.js";
import type { Lockstep } from "./lockstep.js";
import { type Range, shareOf } from "./partition.js";

/** How tokens side by side go among the workers. */
export class TokenShare {
  readonly count: number;
  /** Several are prepared by all workers together, a single one by each on its own. */
  readonly isBatch: boolean;
  /** The tokens that are this worker's alone. */
  readonly mine: Range;
  /** The tokens that this worker normalises, quantises and finds the angles of. */
  readonly prepared: Range;
  /** Which of them have an adapter. */
  readonly adapted: readonly AdapterRun[];

  constructor(count: number, { worker, workers }: Lockstep, adapted: readonly AdapterRun[] = []) {
    this.count = count;
    this.adapted = adapted;
    this.isBatch = count > 1;
    this.mine = shareOf(count, worker, workers);
    this.prepared = this.isBatch ? this.mine : { from: 0, to: count };
  }
}

/** A slice among the tokens of a batch. */
export interface BatchSlice extends Slice {
  /** Its first token's place in the batch. */
  readonly first: number;
  readonly layout: CacheLayout;
}

/** A job as one worker goes through it. */
export class Batch {
  readonly slices: readonly BatchSlice[];
  readonly tokens: TokenShare;
  /** The token ids of all slices, and where each is in its sequence. */
  readonly ids: Int32Array;
  readonly positions: Int32Array;
  /** The places of those tokens whose logits are wanted, and the tokens themselves as others that lie side by side. */
  readonly wanted: readonly number[];
  readonly wantedTokens: TokenShare;
  /** How many adapters the model has, and each token's scales of them. */
  readonly adapters: number;
  readonly scales: readonly ArrayLike<number>[];
  /** The places of those whose hidden states are wanted. */
  readonly hidden: readonly number[];

  constructor({ slices }: ForwardJob, row: CacheRow, kvHeads: number, lockstep: Lockstep) {
    const count = slices.reduce((sum, { tokens }) => sum + tokens.length, 0);
    const ids = new Int32Array(count);
    const positions = new Int32Array(count);
    const wanted: number[] = [];
    const hidden: number[] = [];
    const scales: ArrayLike<number>[] = [];
    let first = 0;
    this.slices = slices.map((slice) => {
      const placed = { ...slice, first, layout: layoutOfRows(row, kvHeads, slice.cache.rows) };
      const end = first + slice.tokens.length;
      ids.set(slice.tokens, first);
      for (let t = first; t < end; t++) {
        positions[t] = slice.position + t - first;
        scales.push(slice.scales);
        if (slice.logits === LogitsWanted.ALL || (slice.logits === LogitsWanted.LAST && t === end - 1)) wanted.push(t);
        else if (slice.logits === LogitsWanted.HIDDEN) hidden.push(t);
      }
      first = end;
      return placed;
    });
    const adapters = slices[0]?.scales.length ?? 0;
    this.adapters = adapters;
    this.scales = scales;
    this.tokens = new TokenShare(count, lockstep, adapterRuns(scales, adapters));
    const ofWanted = wanted.map((token) => scales[token] ?? []);
    this.wantedTokens = new TokenShare(wanted.length, lockstep, adapterRuns(ofWanted, adapters));
    this.ids = ids;
    this.positions = positions;
    this.wanted = wanted;
    this.hidden = hidden;
  }
}
