import { compileKernels } from "../kernels/load.js";
import { platform } from "../platform/current.js";
import type { BandwidthWorkerData } from "./bandwidth-worker.js";

/** Far more than the caches that a few cores share. */
const TOTAL_BYTES = 512 << 20;
const PAGE_BYTES = 65536;
/** Room for the constants of the kernels and the barrier. */
const PAGES_OF_KERNELS = 16;

/**
 * How fast threads can read memory and do nothing else, in bytes a second: the ceiling of decoding, which reads all
 * weights for every token. Each thread sums its part of 512 MiB of WebAssembly memory by vector loads, in one stretch
 * or in several side by side; the fastest of a dozen passes counts.
 * @throws the signal's reason when aborted
 */
export async function measureReadBandwidth(threads: number, signal?: AbortSignal): Promise<number> {
  signal?.throwIfAborted();
  const { module } = compileKernels();
  const bytes = Math.floor(TOTAL_BYTES / threads / PAGE_BYTES) * PAGE_BYTES;
  const pages = PAGES_OF_KERNELS + (bytes * threads) / PAGE_BYTES;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const shared = { workers: threads, module, memory, bytes };
  const workers = Array.from({ length: threads }, (_, worker) => {
    const data: BandwidthWorkerData = { ...shared, worker };
    return platform.startThread("dist/bundle/bandwidth-worker.js", { name: `llama2 bandwidth ${worker}`, data });
  });
  try {
    const milliseconds = await new Promise<number>((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      for (const worker of workers) {
        worker.on("error", reject);
        worker.on("message", resolve);
      }
    });
    return (bytes * threads) / (milliseconds / 1e3);
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
