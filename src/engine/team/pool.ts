import { LlamaError, type LlamaErrorCode } from "../../errors.js";
import { platform } from "../../platform/current.js";
import type { Thread } from "../../platform/platform.js";
import type { ForwardJob } from "../run/job.js";
import { loadUnits } from "./loader.js";
import { CONTROL_BYTES, type JobShape, jobBytes, Word, type WorkerMessage, writeJob } from "./protocol.js";
import type { WorkerData } from "./worker.js";

/** How often progress is looked at, in milliseconds. */
const POLL_MS = 50;

export interface JobOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the part that is done, 0 to 1, and with 1 at the end. What it throws ends the work. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** What all workers are started with. */
export interface PoolData extends Omit<WorkerData, "worker" | "job"> {
  /** Tokens of a job at most. */
  readonly batchSize: number;
}

/** The main thread's side of the workers; protocol.ts says how they talk. */
export class WorkerPool {
  readonly #workers: readonly Thread[];
  readonly #job: Int32Array;
  readonly #shape: JobShape;
  #words: Int32Array;
  readonly #layers: number;
  /** Set from the first failure on: every later call gets it too. */
  #failure: Error | undefined;
  #failPending: ((error: Error) => void) | undefined;
  #closing: Promise<void> | undefined;

  private constructor(data: PoolData, job: SharedArrayBuffer, workers: readonly Thread[]) {
    const { plan } = data.model;
    this.#words = new Int32Array((data.memories[0] as WebAssembly.Memory).buffer, plan.control);
    this.#layers = data.model.config.layers;
    this.#workers = workers;
    this.#job = new Int32Array(job);
    this.#shape = shapeOf(data);
    for (const thread of workers) {
      thread.on("error", (error) => this.#fail(workerError(error)));
      thread.on("exit", () =>
        this.#fail(new LlamaError("worker", "A worker thread ended unexpectedly; load the model again.")),
      );
    }
  }

  /**
   * Starts the workers and returns when all of them have loaded their part of the weights.
   * @throws LlamaError `worker` where the system gives no threads; what a worker failed with
   */
  static async start(data: PoolData, options: JobOptions): Promise<WorkerPool> {
    options.signal?.throwIfAborted();
    const { batchSize, ...shared } = data;
    const job = new SharedArrayBuffer(jobBytes(batchSize, shapeOf(data)));
    const pool = new WorkerPool(data, job, await startWorkers({ ...shared, job }));
    try {
      const total = loadUnits(data.model.plan.tensors);
      await pool.#during(
        options,
        () => pool.#word(Word.LOADED) / total,
        () => pool.#allReady(),
      );
    } catch (error) {
      await pool.close();
      throw error;
    }
    for (const worker of pool.#workers) worker.unref();
    return pool;
  }

  /**
   * Runs one job, to its end or until {@link abort}; the caller sees to it that there is only one at a time.
   * @throws what a worker failed with, for ever after
   */
  async run(job: ForwardJob, onProgress?: (done: number) => void): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    Atomics.store(this.#words, Word.ABORT_WANTED, 0);
    Atomics.store(this.#words, Word.PROGRESS, 0);
    // Held for as long as the job runs: an idle engine does not keep the process alive.
    for (const worker of this.#workers) worker.ref();
    try {
      writeJob(this.#job, job, this.#shape);
      const number = this.#dispatch();
      await this.#during(
        { onProgress },
        () => this.#word(Word.PROGRESS) / this.#layers,
        () => this.#isDone(number),
      );
    } finally {
      if (this.#closing === undefined) for (const worker of this.#workers) worker.unref();
    }
  }

  /** Asks the workers to leave off the job between two layers. */
  abort(): void {
    Atomics.store(this.#words, Word.ABORT_WANTED, 1);
  }

  /** Ends the workers; a job that is under way is rejected. Every call returns when they have ended. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#failure ??= new LlamaError("disposed", "The model was disposed of while it was at work.");
    this.#failPending?.(this.#failure);
    await endWorkers(this.#workers);
    // Whoever waits for the word holds the memory that it is in.
    Atomics.notify(this.#words, Word.DONE);
    // Nobody speaks in these words any more, and the memory that they are in is a whole bank.
    this.#words = new Int32Array(new SharedArrayBuffer(CONTROL_BYTES));
  }

  /** Wakes the workers for what the words hold, and returns the job's number. */
  #dispatch(): number {
    const number = (Atomics.add(this.#words, Word.JOB, 1) + 1) | 0;
    Atomics.notify(this.#words, Word.JOB);
    return number;
  }

  async #isDone(number: number): Promise<void> {
    for (;;) {
      const done = Atomics.load(this.#words, Word.DONE);
      if (done === number || this.#failure !== undefined) return;
      const wait = Atomics.waitAsync(this.#words, Word.DONE, done);
      if (wait.async) await wait.value;
    }
  }

  /**
   * Listens without promises: a worker that fails posts its error and exits at once, and the exit must not be
   * heard before the error.
   */
  #allReady(): Promise<void> {
    return new Promise((resolve) => {
      let waiting = this.#workers.length;
      for (const worker of this.#workers) {
        worker.on("message", (message: WorkerMessage) => {
          if (message.kind === "failed") this.#fail(errorOf(message));
          else if (--waiting === 0) resolve();
        });
      }
    });
  }

  /** Awaits what the workers do, forwarding progress one way and the wish to leave off the other. */
  async #during({ signal, onProgress }: JobOptions, progress: () => number, work: () => Promise<void>): Promise<void> {
    const abort = () => this.abort();
    let thrown: { readonly error: unknown } | undefined;
    const report = (done: number) => {
      try {
        if (thrown === undefined) onProgress?.(done);
      } catch (error) {
        thrown = { error };
        abort();
      }
    };
    signal?.addEventListener("abort", abort);
    const poll = onProgress && setInterval(() => report(Math.min(1, progress())), POLL_MS);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#failPending = reject;
        work().then(resolve, reject);
      });
    } catch (error) {
      // Workers that left off loading look like workers that died.
      signal?.throwIfAborted();
      if (thrown === undefined) throw error;
    } finally {
      this.#failPending = undefined;
      clearInterval(poll);
      signal?.removeEventListener("abort", abort);
    }
    signal?.throwIfAborted();
    report(1);
    if (thrown !== undefined) throw thrown.error;
  }

  #word(word: number): number {
    return Atomics.load(this.#words, word);
  }

  /** Ends everything after the first failure; the workers may be waiting for one that will never come. */
  #fail(error: Error): void {
    this.#failure ??= error;
    this.#failPending?.(this.#failure);
    void this.close();
  }
}

function shapeOf({ memories, adapters }: PoolData): JobShape {
  return { banks: memories.length, adapters };
}

/** @throws LlamaError `worker` where the system refuses a thread; those that had started are ended */
async function startWorkers(data: Omit<WorkerData, "worker">): Promise<Thread[]> {
  const started: Thread[] = [];
  try {
    for (let worker = 0; worker < data.workers; worker++) {
      const thread = platform.startThread("dist/bundle/engine-worker.js", {
        name: `llama2 ${worker}`,
        data: { ...data, worker } satisfies WorkerData,
      });
      // One that dies before the others are there must not end the process; its exit is heard all the same.
      thread.on("error", () => undefined);
      started.push(thread);
    }
    return started;
  } catch (cause) {
    await endWorkers(started);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LlamaError(
      "worker",
      `The system refused worker thread ${started.length + 1} of ${data.workers} (${reason}); choose fewer threads, or raise its limit on threads and memory.`,
      { cause },
    );
  }
}

/** Held while they end: idle workers do not keep the process alive, and it would end before its caller is told. */
async function endWorkers(workers: readonly Thread[]): Promise<void> {
  for (const worker of workers) worker.ref();
  await Promise.all(workers.map((worker) => worker.terminate()));
}

/** What Node says of a thread that could not go on. */
function workerError(error: unknown): LlamaError {
  const { message, code } = error as Error & { readonly code?: string };
  if (code === "ERR_WORKER_OUT_OF_MEMORY" || /out of memory|could not allocate/i.test(message)) {
    return new LlamaError(
      "memory",
      `A worker thread ran out of memory (${message}); choose a smaller context or batch size, or fewer threads.`,
      { cause: error },
    );
  }
  return new LlamaError("worker", `A worker thread failed (${message}); load the model again.`, { cause: error });
}

function errorOf({ code, message, stack }: WorkerMessage & { kind: "failed" }): LlamaError {
  if (code !== undefined) return new LlamaError(code as LlamaErrorCode, message);
  const cause = new Error(message);
  cause.stack = stack;
  return workerError(cause);
}
