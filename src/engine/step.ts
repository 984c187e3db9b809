import { type Range, shareOf } from "./partition.js";
import type { ForwardJob } from "./protocol.js";

/** What the forward pass needs of the threads around it. */
export interface Lockstep {
  readonly worker: number;
  readonly workers: number;
  /** Returns when all workers have called it. */
  barrier(): void;
  /** The number of the next piece that nobody has taken since the last barrier. */
  nextPiece(): number;
  /** Called by all after each layer, and contains a barrier; all get the same answer. */
  mayGoOn(): boolean;
}

/** A job with the part of its tokens that this worker prepares. */
export class Step {
  readonly job: ForwardJob;
  readonly tokens: number;
  /** Batches are prepared by all workers together, single tokens by each on its own. */
  readonly isBatch: boolean;
  /** The tokens that are this worker's alone. */
  readonly own: Range;
  /** The tokens that this worker normalises, quantises and finds the angles of. */
  readonly prepares: Range;

  constructor(job: ForwardJob, { worker, workers }: Lockstep) {
    this.job = job;
    this.tokens = job.tokens.length;
    this.isBatch = this.tokens > 1;
    this.own = shareOf(this.tokens, worker, workers);
    this.prepares = this.isBatch ? this.own : { from: 0, to: this.tokens };
  }
}
