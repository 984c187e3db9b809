import { Worker } from "node:worker_threads";
import { LlamaError, type LlamaErrorCode } from "../errors.js";
import { packageFile } from "../platform/node/package-file.js";
import { loadUnits } from "./loader.js";
import { controlBytes, type ForwardJob, Word, type WorkerMessage, writeJob } from "./protocol.js";
import type { WorkerData } from "./worker.js";

/** How often progress is looked at, in milliseconds. */
const POLL_MS = 50;

export interface JobOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the part that is done, 0 to 1. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** The main thread's side of the workers; protocol.ts says how they talk. */
export class WorkerPool {
  readonly #workers: readonly Worker[];
  #words: Int32Array;
  readonly #layers: number;
  /** Set from the first failure on: every later call gets it too. */
  #failure: Error | undefined;
  #failPending: ((error: Error) => void) | undefined;
  #closing = false;

  private constructor(data: Omit<WorkerData, "worker">) {
    const { plan } = data.model;
    this.#words = new Int32Array((data.memories[0] as WebAssembly.Memory).buffer, plan.control);
    this.#layers = data.model.config.layers;
    const url = packageFile("dist/engine/worker.js");
    this.#workers = Array.from({ length: data.workers }, (_, worker) => {
      // Without the process's own node flags: some, such as --input-type, a worker cannot have.
      const thread = new Worker(url, {
        workerData: { ...data, worker } satisfies WorkerData,
        name: `llama2 ${worker}`,
        execArgv: [],
      });
      thread.on("error", (error) => this.#fail(error));
      thread.on("exit", () =>
        this.#fail(new LlamaError("worker", "A worker thread ended unexpectedly; load the model again.")),
      );
      return thread;
    });
  }

  /** Starts the workers and returns when all of them have loaded their part of the weights. */
  static async start(data: Omit<WorkerData, "worker">, options: JobOptions): Promise<WorkerPool> {
    options.signal?.throwIfAborted();
    const pool = new WorkerPool(data);
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

  /** Runs one job; the caller sees to it that there is only one at a time. */
  async run(job: ForwardJob, options: JobOptions = {}): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    options.signal?.throwIfAborted();
    Atomics.store(this.#words, Word.ABORT_WANTED, 0);
    Atomics.store(this.#words, Word.PROGRESS, 0);
    // Held for as long as the job runs: an idle engine does not keep the process alive.
    for (const worker of this.#workers) worker.ref();
    try {
      writeJob(this.#words, job);
      const number = this.#dispatch();
      await this.#during(
        options,
        () => this.#word(Word.PROGRESS) / this.#layers,
        () => this.#isDone(number),
      );
    } finally {
      for (const worker of this.#workers) worker.unref();
    }
  }

  /** Ends the workers; a job that is under way is rejected. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#fail(new LlamaError("disposed", "The model was disposed of while it was at work."));
    const ended = this.#workers.map((worker) => worker.terminate());
    await Promise.all(ended);
    // Nobody speaks in these words any more, and the memory that they are in is a whole bank.
    this.#words = new Int32Array(new SharedArrayBuffer(controlBytes(0)));
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
      if (done === number) return;
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
          if (message.kind === "failed") this.#fail(toError(message));
          else if (--waiting === 0) resolve();
        });
      }
    });
  }

  /** Awaits what the workers do, forwarding progress one way and the abort signal the other. */
  async #during({ signal, onProgress }: JobOptions, progress: () => number, work: () => Promise<void>): Promise<void> {
    const abort = () => Atomics.store(this.#words, Word.ABORT_WANTED, 1);
    signal?.addEventListener("abort", abort);
    const poll = onProgress && setInterval(() => onProgress(Math.min(1, progress())), POLL_MS);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#failPending = reject;
        work().then(resolve, reject);
      });
    } catch (error) {
      // Workers that left off loading look like workers that died.
      signal?.throwIfAborted();
      throw error;
    } finally {
      this.#failPending = undefined;
      clearInterval(poll);
      signal?.removeEventListener("abort", abort);
    }
    signal?.throwIfAborted();
  }

  #word(word: number): number {
    return Atomics.load(this.#words, word);
  }

  /** Ends everything after the first failure; the workers may be waiting for one that will never come. */
  #fail(error: Error): void {
    this.#failure ??= error;
    this.#failPending?.(this.#failure);
    if (!this.#closing) void this.close();
  }
}

function toError({ code, message, stack }: WorkerMessage & { kind: "failed" }): Error {
  if (code !== undefined) return new LlamaError(code as LlamaErrorCode, message);
  const error = new Error(message);
  error.stack = stack;
  return error;
}
