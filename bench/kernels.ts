import { Bench } from "tinybench";
import { tensorBytes, tensorTypes } from "#dist/gguf/format.js";
import { formatKernels, q8RowBytes } from "#dist/kernels/exports.js";
import { compileKernels, instantiateKernels, type KernelBuild } from "#dist/kernels/load.js";

const ROWS = 1024;
const COLUMNS = 4096;
const TOKENS = 32;

/** Every format's matvec in GB/s of weights and matmul in GOP/s, one worker, weights of a few MB. */
export async function benchKernels(build: KernelBuild): Promise<void> {
  const memory = new WebAssembly.Memory({ initial: 1024, maximum: 65536, shared: true });
  const kernels = instantiateKernels(compileKernels(build).module, memory);
  const x = Math.ceil(kernels.heapBase() / 64) * 64;
  const out = x + TOKENS * Math.max(COLUMNS * 4, q8RowBytes(COLUMNS));
  const w = out + TOKENS * ROWS * 4;
  const rows: Record<string, Record<string, string>> = {};
  for (const type of tensorTypes()) {
    const { matvec, matmul } = formatKernels(kernels, type);
    const bench = new Bench({ time: 300, warmupTime: 100 });
    bench.add("matvec", () => matvec(w, x, out, ROWS, COLUMNS));
    bench.add("matmul", () => matmul(w, x, out, ROWS, COLUMNS, TOKENS, ROWS * 4));
    await bench.run();
    const seconds = (name: string) => {
      const result = bench.getTask(name)?.result;
      if (result?.state !== "completed") throw new Error(`${type.name}: ${name} did not run`);
      return result.latency.p50 / 1e3;
    };
    const bytes = tensorBytes(type, ROWS * COLUMNS);
    rows[type.name] = {
      "matvec GB/s": (bytes / seconds("matvec") / 1e9).toFixed(1),
      "matmul GOP/s": ((2 * ROWS * COLUMNS * TOKENS) / seconds("matmul") / 1e9).toFixed(1),
    };
  }
  console.log(`${build}: ${ROWS} x ${COLUMNS}, ${TOKENS} tokens`);
  console.table(rows);
}
