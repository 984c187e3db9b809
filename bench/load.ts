import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Bench } from "tinybench";
import { randomModel } from "#dist/benchmark/random-model.js";
import { getShape } from "#dist/benchmark/shapes.js";
import { writeRandomModel } from "#dist/benchmark/write-model.js";
import { openGguf } from "#dist/gguf/open.js";
import { Llama } from "#dist/llama.js";
import { report, type Work } from "./report.js";

/** From a path to a model that is ready, and its parts. The file is in the system's cache. */
export async function benchLoad(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "llama2-bench-"));
  try {
    const path = join(folder, "model.gguf");
    const model = randomModel(getShape("stories110m"), "q8_0");
    await writeRandomModel(path, model, { force: true });
    const load = async (threads: number) => {
      const llama = await Llama.load(path, { threads, contextSize: 512 });
      await llama.dispose();
    };
    const gigabytes: Work = { amount: model.file.size / 1e9, unit: "GB/s" };
    const bench = new Bench({ time: 2000, warmupTime: 500 });
    bench
      .add("open the file", () => openGguf(path))
      .add("load with 1 thread", () => load(1))
      .add("load with 2 threads", () => load(2))
      .add("make random weights", () => randomModel(getShape("7b"), "q4_k_m"));
    await report(`loading ${model.file.path}, ${(model.file.size / 1e6).toFixed(0)} MB`, bench, {
      "load with 1 thread": gigabytes,
      "load with 2 threads": gigabytes,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
