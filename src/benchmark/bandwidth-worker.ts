/** The entry of a worker that reads its part of a memory as fast as it can; bandwidth.ts starts it. */
import { instantiateKernels } from "../kernels/load.js";
import { platform } from "../platform/current.js";

export interface BandwidthWorkerData {
  readonly worker: number;
  readonly workers: number;
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Of each worker's part. */
  readonly bytes: number;
}

/** How many stretches of memory are read side by side; the fastest counts. */
const STREAMS = [1, 2, 4, 8, 16];
const REPETITIONS = 3;

const host = platform.threadHost();

function main({ worker, workers, module, memory, bytes }: BandwidthWorkerData): void {
  const kernels = instantiateKernels(module, memory);
  const barrier = Math.ceil(kernels.heapBase() / 64) * 64;
  const from = barrier + 64 + worker * bytes;
  // Pages that were never written all read as one page of zeros, from the cache.
  new Uint8Array(memory.buffer, from, bytes).fill(1);
  let best = Number.POSITIVE_INFINITY;
  for (const streams of STREAMS) {
    for (let repetition = 0; repetition < REPETITIONS; repetition++) {
      kernels.barrier(barrier, workers);
      const start = performance.now();
      kernels.read_streams(from, streams, bytes / streams);
      kernels.barrier(barrier, workers);
      best = Math.min(best, performance.now() - start);
    }
  }
  if (worker === 0) host.post(best);
}

main(host.data as BandwidthWorkerData);
