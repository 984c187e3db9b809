import { platform } from "../platform/current.js";
import { type BatchLimits, formBatch, type Piece, rowsOf } from "./batch-former.js";
import type { Evaluation } from "./evaluation.js";
import { type ForwardJob, LogitsWanted } from "./run/job.js";
import type { KvCache } from "./team/cache-store.js";

/** Who computes batches, one at a time. */
export interface BatchRunner {
  /** Resolves when the job is done, or was left off after {@link abort}; rejects when no other can ever run. */
  run(job: ForwardJob, onProgress?: (done: number) => void): Promise<void>;
  abort(): void;
}

/** What the last batch computed. */
export interface Results {
  /** The logits of the `row`-th of those tokens whose logits were wanted, (vocabulary,). */
  logits(row: number): Float32Array;
  /** The normalised hidden state of the batch's token `token`, whose slice wanted it, (dim,). */
  hidden(token: number): Float32Array;
}

/** Work on a cache without the network. */
interface Hold {
  readonly begin: () => Promise<void>;
  readonly fail: (error: unknown) => void;
}

type Work = Evaluation | Hold;

/**
 * Divides the network among sequences, a batch at a time. What is asked of one sequence is done in the order of the
 * calls; of the sequences each has its turn.
 *
 * A batch is formed once everybody who was answered by the last one has had the chance to go on: their next tokens then
 * go together. Nobody waits for one who has not.
 */
export class Scheduler {
  readonly #runner: BatchRunner;
  readonly #limits: BatchLimits;
  readonly #results: Results;
  /** What each sequence waits for; those that have waited longest come first. */
  readonly #lines = new Map<KvCache, Work[]>();
  readonly #held = new Map<KvCache, Promise<void>>();
  readonly #afterwards = new Map<KvCache, () => void>();
  #batch: readonly Piece[] = [];
  #lastSequences = 0;
  #isTurnComing = false;
  #isRunning = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(runner: BatchRunner, limits: BatchLimits, results: Results) {
    this.#runner = runner;
    this.#limits = limits;
    this.#results = results;
  }

  /** Puts an evaluation in its sequence's line. */
  add(evaluation: Evaluation): void {
    this.#enqueue(evaluation.cache, evaluation);
  }

  /** Ends an evaluation for its caller at once. Its part of a batch that is under way counts for nothing. */
  cancel(evaluation: Evaluation, error: unknown): void {
    evaluation.fail(error);
    this.#remove(evaluation.cache, evaluation);
    this.#abortIfIdle();
  }

  /** Runs `work` when the cache is not in use, and lets nobody use it meanwhile; other sequences go on. */
  hold(cache: KvCache, work: () => Promise<void>): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      let hasBegun = false;
      const begin = async () => {
        hasBegun = true;
        await work().then(resolve, reject);
      };
      // What has begun goes on to its end.
      const fail = (error: unknown) => {
        if (!hasBegun) reject(error);
      };
      this.#enqueue(cache, { begin, fail });
    });
  }

  /** Whether a sequence waits for anything, or its cache is in use. */
  isAtWork(cache: KvCache): boolean {
    return this.#lines.has(cache) || this.#isInUse(cache);
  }

  /** Rejects all that a sequence waits for, and calls `then` as soon as nobody uses its cache: at once, if it can. */
  leave(cache: KvCache, error: unknown, then: () => void): void {
    const line = this.#lines.get(cache) ?? [];
    this.#lines.delete(cache);
    for (const work of line) work.fail(error);
    this.#abortIfIdle();
    if (this.#isInUse(cache)) this.#afterwards.set(cache, then);
    else then();
  }

  /** Rejects everything, now and from now on; returns when nobody uses any cache. */
  async close(error: unknown): Promise<void> {
    this.#fail(error);
    await Promise.all(this.#held.values());
  }

  #enqueue(cache: KvCache, work: Work): void {
    if (this.#failure !== undefined) {
      work.fail(this.#failure.error);
      return;
    }
    const line = this.#lines.get(cache);
    if (line === undefined) this.#lines.set(cache, [work]);
    else line.push(work);
    if ("begin" in work) this.#beginHolds();
    this.#prepareTurn();
  }

  #remove(cache: KvCache, work: Work): void {
    const line = this.#lines.get(cache) ?? [];
    const index = line.indexOf(work);
    if (index >= 0) line.splice(index, 1);
    if (line.length === 0) this.#lines.delete(cache);
    this.#beginHolds();
  }

  /**
   * Callbacks of answered promises, and of those in turn, are over when the next tick comes. Where several sequences
   * are at work some may wait for the system as well, for a socket perhaps, and what is ready there is heard first,
   * too.
   */
  #prepareTurn(): void {
    if (this.#isTurnComing || this.#isRunning) return;
    this.#isTurnComing = true;
    const turn = () => {
      this.#isTurnComing = false;
      void this.#turn();
    };
    if (this.#lastSequences > 1) void platform.nextTurn().then(turn);
    else platform.afterPromises(turn);
  }

  async #turn(): Promise<void> {
    const batch = formBatch(this.#waiting(), this.#limits);
    if (batch.length === 0) return;
    this.#batch = batch;
    this.#lastSequences = batch.length;
    this.#isRunning = true;
    try {
      await this.#runner.run({ slices: batch.map(sliceOf) }, this.#progressOf(batch));
      this.#isRunning = false;
      this.#finish(batch);
    } catch (error) {
      this.#isRunning = false;
      this.#fail(error);
    }
    this.#batch = [];
    for (const { evaluation } of batch) this.#freed(evaluation.cache);
    this.#beginHolds();
    if (this.#lines.size > 0) this.#prepareTurn();
  }

  /** The first evaluation of each sequence that has one. */
  #waiting(): Evaluation[] {
    const waiting: Evaluation[] = [];
    for (const [cache, line] of this.#lines) {
      for (let work = line[0]; work !== undefined && !("begin" in work); work = line[0]) {
        if (this.#held.has(cache)) break;
        if (work.fits()) {
          waiting.push(work);
          break;
        }
        line.shift();
      }
      if (line.length === 0) this.#lines.delete(cache);
    }
    return waiting;
  }

  /** Hands out what a batch computed. */
  #finish(batch: readonly Piece[]): void {
    let row = 0;
    let token = 0;
    for (const piece of batch) {
      const { evaluation, count, logits } = piece;
      const isHidden = logits === LogitsWanted.HIDDEN;
      const first = isHidden ? token : row;
      const rows = isHidden ? count : rowsOf(piece);
      const read = isHidden ? this.#results.hidden : this.#results.logits;
      row += rowsOf(piece);
      token += count;
      if (evaluation.isOver) continue;
      const { cache } = evaluation;
      cache.length += count;
      evaluation.advance(count, rows, (index) => read(first + index));
      const line = this.#lines.get(cache) ?? [];
      this.#lines.delete(cache);
      if (evaluation.isOver && line[0] === evaluation) line.shift();
      if (line.length > 0) this.#lines.set(cache, line);
    }
  }

  #progressOf(batch: readonly Piece[]): ((part: number) => void) | undefined {
    const listeners = batch.filter(({ evaluation }) => evaluation.wantsProgress);
    if (listeners.length === 0) return undefined;
    return (part) => {
      // The end is told when the logits are there.
      if (part === 1) return;
      for (const { evaluation, count } of listeners) {
        evaluation.report(count, part);
        if (evaluation.isOver) this.#remove(evaluation.cache, evaluation);
      }
      this.#abortIfIdle();
    };
  }

  #abortIfIdle(): void {
    if (this.#isRunning && this.#batch.every(({ evaluation }) => evaluation.isOver)) this.#runner.abort();
  }

  #beginHolds(): void {
    for (const [cache, line] of this.#lines) {
      const [work] = line;
      if (work === undefined || !("begin" in work) || this.#isInUse(cache)) continue;
      const begun = Promise.resolve().then(() => work.begin());
      const done = begun.then(() => {
        this.#held.delete(cache);
        this.#remove(cache, work);
        this.#freed(cache);
        if (this.#lines.size > 0) this.#prepareTurn();
      });
      this.#held.set(cache, done);
    }
  }

  #isInUse(cache: KvCache): boolean {
    return this.#held.has(cache) || this.#batch.some(({ evaluation }) => evaluation.cache === cache);
  }

  #freed(cache: KvCache): void {
    if (this.#isInUse(cache)) return;
    const then = this.#afterwards.get(cache);
    this.#afterwards.delete(cache);
    then?.();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    const lines = [...this.#lines.values()];
    this.#lines.clear();
    for (const line of lines) for (const work of line) work.fail(error);
  }
}

function sliceOf({ evaluation, count, logits }: Piece) {
  const { cache } = evaluation;
  cache.written = Math.max(cache.written, cache.length + count);
  return { tokens: evaluation.next(count), position: cache.length, logits, cache, scales: cache.scales };
}
