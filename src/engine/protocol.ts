/**
 * How the main thread and the workers talk.
 *
 * Everything they say while the model runs lies in the control words: shared memory at the start of bank 0.
 *
 * 1. The main thread writes a job (tokens, position, addresses of the KV cache), adds 1 to JOB and
 *    wakes whoever sleeps on it. Only one job is under way at a time.
 * 2. Every worker sees JOB change and runs the same forward pass on its own rows and heads. They meet at the
 *    barrier between steps: no one reads what another is still writing. All decisions on the way depend on
 *    values that all workers read between the same two barriers, so they always take the same path.
 * 3. Between two barriers there is one list of row pieces at most that belong to nobody. Workers take the next one by
 *    adding 1 to a word of PIECES: one of two words, in turns, so that worker 0 may set the other one to zero, which
 *    nobody has used since the last barrier, for after the next.
 * 4. Between layers worker 0 copies ABORT_WANTED to ABORT_AGREED before the last barrier of the layer; all
 *    workers read the copy after it, and leave together.
 * 5. After the last barrier worker 0 stores the job's number in DONE and wakes the main thread, which waits for
 *    that without blocking (`Atomics.waitAsync`).
 *
 * Messages carry only what has no room in words: a worker posts `ready` once its part of the file is loaded and
 * `failed` with an error. After a failure the other workers may wait at a barrier for ever, so the pool
 * terminates them all.
 */

/** Indices of the control words, each an i32. Words that different threads write often lie on separate cache lines. */
export const Word = {
  JOB: 0,
  JOB_SLEEPERS: 1,
  /** Three words: arrived, generation, sleepers. */
  BARRIER: 16,
  DONE: 32,
  ABORT_WANTED: 48,
  ABORT_AGREED: 49,
  /** Layers done of the running job. */
  PROGRESS: 50,
  /** The next piece of the file to load, and bytes loaded, in units of 4 KiB. */
  NEXT_PIECE: 64,
  LOADED: 65,
  /** Two words: the next piece of rows to take, after an even and after an odd number of barriers. */
  PIECES: 72,
  TOKENS: 80,
  POSITION: 81,
  LOGITS: 82,
  /** One address a bank. */
  CACHE: 96,
  /** The token ids. */
  IDS: 96 + 256,
} as const;

export const MAX_BANKS = 256;
export const LOADED_UNIT = 4096;

export function controlBytes(batchSize: number): number {
  return (Word.IDS + batchSize) * 4;
}

/** Whose logits a forward job computes. */
export const LogitsWanted = { NONE: 0, LAST: 1, ALL: 2 } as const;
export type LogitsWanted = (typeof LogitsWanted)[keyof typeof LogitsWanted];

/** A batch of consecutive tokens of one sequence. */
export interface ForwardJob {
  readonly tokens: ArrayLike<number>;
  /** Of the first token. */
  readonly position: number;
  readonly logits: LogitsWanted;
  /** Of the sequence's KV cache in each bank. */
  readonly cacheAddresses: readonly number[];
}

export function writeJob(words: Int32Array, job: ForwardJob): void {
  words[Word.TOKENS] = job.tokens.length;
  words[Word.POSITION] = job.position;
  words[Word.LOGITS] = job.logits;
  words.set(job.cacheAddresses, Word.CACHE);
  words.set(job.tokens, Word.IDS);
}

export function readJob(words: Int32Array, banks: number): ForwardJob {
  const count = words[Word.TOKENS] ?? 0;
  return {
    tokens: words.subarray(Word.IDS, Word.IDS + count),
    position: words[Word.POSITION] ?? 0,
    logits: (words[Word.LOGITS] ?? 0) as LogitsWanted,
    cacheAddresses: Array.from(words.subarray(Word.CACHE, Word.CACHE + banks), (address) => address >>> 0),
  };
}

/** What a worker tells the main thread by message. */
export type WorkerMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly code: string | undefined; readonly message: string; readonly stack: string };
