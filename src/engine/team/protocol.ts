import type { ForwardJob, LogitsWanted, Slice } from "../run/job.js";

/**
 * How the main thread and the workers talk.
 *
 * Everything they say while the model runs lies in the control words, shared memory at the start of bank 0, and in the
 * words of the job, shared memory beside the banks.
 *
 * 1. The main thread writes a job (slices of sequences: their tokens, positions and KV caches), adds 1 to JOB and
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
} as const;

export const CONTROL_BYTES = 80 * 4;
export const MAX_BANKS = 256;
export const LOADED_UNIT = 4096;

/** Slices that a job may have. */
export const MAX_SLICES = 64;

/**
 * The words of a job: how many slices it has; each slice; and, from {@link idsAt} on, the token ids of all of them. A
 * slice is
 *
 * ```
 * tokens | position of the first | whose logits | rows of its KV cache | the cache's address in each bank ... |
 * f32 scale of each adapter ...
 * ```
 */
const SLICE_HEAD = 4;
const FIRST_SLICE = 1;

/** What a model's jobs have of everything. */
export interface JobShape {
  readonly banks: number;
  readonly adapters: number;
}

function sliceWords({ banks, adapters }: JobShape): number {
  return SLICE_HEAD + banks + adapters;
}

function idsAt(shape: JobShape): number {
  return FIRST_SLICE + MAX_SLICES * sliceWords(shape);
}

export function jobBytes(batchSize: number, shape: JobShape): number {
  return (idsAt(shape) + batchSize) * 4;
}

export function writeJob(words: Int32Array, { slices }: ForwardJob, shape: JobShape): void {
  if (slices.length > MAX_SLICES) throw new RangeError(`${slices.length} slices do not fit into a job`);
  words[0] = slices.length;
  let at = FIRST_SLICE;
  let ids = idsAt(shape);
  const floats = new Float32Array(words.buffer, words.byteOffset, words.length);
  for (const { tokens, position, logits, cache, scales } of slices) {
    words[at] = tokens.length;
    words[at + 1] = position;
    words[at + 2] = logits;
    words[at + 3] = cache.rows;
    words.set(cache.addresses, at + SLICE_HEAD);
    floats.set(scales, at + SLICE_HEAD + shape.banks);
    words.set(tokens, ids);
    at += sliceWords(shape);
    ids += tokens.length;
  }
}

export function readJob(words: Int32Array, shape: JobShape): ForwardJob {
  let ids = idsAt(shape);
  const floats = new Float32Array(words.buffer, words.byteOffset, words.length);
  const slices = Array.from({ length: words[0] ?? 0 }, (_, index): Slice => {
    const at = FIRST_SLICE + index * sliceWords(shape);
    const count = words[at] ?? 0;
    const tokens = words.subarray(ids, ids + count);
    ids += count;
    const firstScale = at + SLICE_HEAD + shape.banks;
    const places = words.subarray(at + SLICE_HEAD, firstScale);
    return {
      tokens,
      position: words[at + 1] ?? 0,
      logits: (words[at + 2] ?? 0) as LogitsWanted,
      // Addresses from 2 GiB on do not fit into an i32 as they are.
      cache: { rows: words[at + 3] ?? 0, addresses: Array.from(places, (address) => address >>> 0) },
      scales: floats.subarray(firstScale, firstScale + shape.adapters),
    };
  });
  return { slices };
}

/** What a worker tells the main thread by message. */
export type WorkerMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly code: string | undefined; readonly message: string; readonly stack: string };
