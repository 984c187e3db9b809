import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomModel } from "#dist/benchmark/random-model.js";
import { getShape } from "#dist/benchmark/shapes.js";
import { measureSpeed, type SpeedTest } from "#dist/benchmark/speed-test.js";
import { writeRandomModel } from "#dist/benchmark/write-model.js";
import type { GgufFile } from "#dist/gguf/file.js";
import { toHalf } from "#dist/gguf/floats.js";
import { findTensorTypeByName, type TensorType } from "#dist/gguf/format.js";
import { type TensorToWrite, writeGguf } from "#dist/gguf/writer.js";
import { Llama } from "#dist/llama.js";
import { Random } from "#dist/random.js";

const RANK = 16;
const ROUNDS = 4;
const TESTS: readonly SpeedTest[] = [
  { promptTokens: 0, generatedTokens: 32, depth: 0 },
  { promptTokens: 128, generatedTokens: 0, depth: 0 },
];

/**
 * What an adapter of rank 16 on every matrix of the layers costs: with and without in turns, in one model that is
 * loaded once; the best of each.
 */
export async function benchLora(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "llama2-bench-"));
  try {
    const path = join(folder, "model.gguf");
    const model = randomModel(getShape("1.1b"), "q4_0");
    await writeRandomModel(path, model);
    const rows: Record<string, Record<string, string>> = {};
    for (const typeName of ["F32", "F16"]) {
      const adapter = join(folder, `${typeName}.gguf`);
      writeRandomAdapter(adapter, model.file, typeName);
      const llama = await Llama.load(path, { contextSize: 512, loras: [{ path: adapter }] });
      for (const test of TESTS) {
        const best = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
        for (let round = 0; round < ROUNDS; round++) {
          for (const scale of [0, 1]) {
            llama.setLoras([{ id: 0, scale }]);
            const { milliseconds } = await measureSpeed(llama, test, { repetitions: 2, warmup: round === 0 });
            best[scale] = Math.min(best[scale] ?? 0, ...milliseconds);
          }
        }
        const [without = 0, withIt = 0] = best;
        const tokens = test.promptTokens + test.generatedTokens;
        rows[`${typeName}, ${test.promptTokens > 0 ? "prompt" : "decoding"}`] = {
          without: `${((1000 * tokens) / without).toFixed(1)} t/s`,
          with: `${((1000 * tokens) / withIt).toFixed(1)} t/s`,
          part: (without / withIt).toFixed(3),
        };
      }
      await llama.dispose();
    }
    console.log(`${model.file.path} in Q4_0 with an adapter of rank ${RANK} on every matrix of its layers`);
    console.table(rows);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeRandomAdapter(path: string, { tensors }: GgufFile, typeName: string): void {
  const type = findTensorTypeByName(typeName) as TensorType;
  const random = new Random(1);
  const matrices = tensors.filter(({ name, dims }) => name.startsWith("blk.") && dims.length === 2);
  const half = (name: string, dims: readonly number[]): TensorToWrite => {
    const values = Float32Array.from(
      { length: dims.reduce((a, b) => a * b, 1) },
      () => 0.04 * (random.nextFloat() - 0.5),
    );
    const stored = typeName === "F32" ? values : Uint16Array.from(values, toHalf);
    return { name, type, dims, data: new Uint8Array(stored.buffer) };
  };
  const halves = matrices.flatMap(({ name, dims: [columns = 1, rows = 1] }) => [
    half(`${name}.lora_a`, [columns, RANK]),
    half(`${name}.lora_b`, [RANK, rows]),
  ]);
  writeGguf(path, {
    metadata: [
      ["general.type", { type: "string", value: "adapter" }],
      ["general.architecture", { type: "string", value: "llama" }],
      ["adapter.type", { type: "string", value: "lora" }],
      ["adapter.lora.alpha", { type: "f32", value: RANK }],
    ],
    tensors: halves,
  });
}
