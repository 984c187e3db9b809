/**
 * Faults for the threads of an engine. While {@link withThreads} runs, every worker that is started goes through `make`
 * first, so that a test can refuse one, end one, or start it with a fault in it.
 */
import { createRequire, syncBuiltinESMExports } from "node:module";
import type { Worker, WorkerOptions } from "node:worker_threads";

const threads = createRequire(import.meta.url)("node:worker_threads") as { Worker: typeof Worker };

/** What a worker does wrong, and at which call of which kernel. */
export interface KernelFault {
  /** Undefined is any. */
  readonly worker: number | undefined;
  readonly kernel: string;
  /** 1 is the first call. */
  readonly call: number;
  /** `trap` executes WebAssembly's `unreachable`. */
  readonly does: "throw" | "trap" | "exit";
}

/** Starts the workers of `work` as `options` says, and gives them all to it. */
export async function withThreads<T>(
  optionsOf: (options: WorkerOptions, index: number) => WorkerOptions,
  work: (workers: readonly Worker[]) => Promise<T>,
): Promise<T> {
  const original = threads.Worker;
  const workers: Worker[] = [];
  threads.Worker = class extends original {
    constructor(path: string | URL, options: WorkerOptions = {}) {
      super(path, optionsOf(options, workers.length));
      workers.push(this);
    }
  };
  syncBuiltinESMExports();
  try {
    return await work(workers);
  } finally {
    threads.Worker = original;
    syncBuiltinESMExports();
  }
}

/** Options of a worker that has the fault, for {@link withThreads}. */
export function faulty(fault: KernelFault): (options: WorkerOptions) => WorkerOptions {
  return (options) => ({
    ...options,
    execArgv: ["--import", new URL("./kernel-fault.js", import.meta.url).href],
    env: { ...process.env, KERNEL_FAULT: JSON.stringify(fault) },
  });
}
