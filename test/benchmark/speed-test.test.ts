import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import {
  hashOf,
  measureSpeed,
  type SpeedTest,
  testName,
  testTokenCount,
  testTokens,
} from "#dist/benchmark/speed-test.js";
import { bytesRead } from "#dist/benchmark/traffic.js";
import { LlamaError } from "#dist/errors.js";
import { openGguf } from "#dist/gguf/open.js";
import { Llama } from "#dist/llama.js";
import type { LoadOptions } from "#dist/load-options.js";
import { FIXTURE_TOKENS, fixtureModel, writeFixture } from "../helpers/model-fixture.js";
import { temporaryFolder } from "../helpers/temporary.js";

const folder = temporaryFolder();
const path = join(folder, "model.gguf");
const other = join(folder, "other.gguf");
writeFixture(path, fixtureModel({ type: "Q8_0" }));
writeFixture(other, fixtureModel({ type: "Q8_0", seed: 2 }));

const PROMPT: SpeedTest = { promptTokens: 20, generatedTokens: 0, depth: 0 };
const BOTH: SpeedTest = { promptTokens: 9, generatedTokens: 4, depth: 10 };
const ONCE = { repetitions: 1, warmup: false };

async function withModel<T>(file: string, options: LoadOptions, work: (llama: Llama) => Promise<T>): Promise<T> {
  const llama = await Llama.load(file, options);
  try {
    return await work(llama);
  } finally {
    await llama.dispose();
  }
}

test("tests are named as llama-bench names them", () => {
  assert.equal(testName({ promptTokens: 512, generatedTokens: 0, depth: 0 }), "pp512");
  assert.equal(testName({ promptTokens: 0, generatedTokens: 128, depth: 64 }), "tg128 @ d64");
  assert.equal(testName({ promptTokens: 8, generatedTokens: 4, depth: 0 }), "pp8+tg4");
});

test("the logits of the first of several sequences are those of it alone, and all tokens count", async () => {
  assert.equal(testName({ ...BOTH, sequences: 4 }), "pp9+tg4 x4 @ d10");
  assert.equal(testTokenCount({ ...BOTH, sequences: 4 }), 52);
  await withModel(path, { threads: 2, batchSize: 16 }, async (llama) => {
    const alone = await measureSpeed(llama, BOTH, ONCE);
    const together = await measureSpeed(llama, { ...BOTH, sequences: 5 }, { repetitions: 2, warmup: true });
    assert.equal(together.logitsHash, alone.logitsHash);
    assert.equal(together.milliseconds.length, 2);
  });
});

test("every repetition is timed, the warm-up is not", async () => {
  await withModel(path, {}, async (llama) => {
    const seen: number[] = [];
    const samples = await measureSpeed(llama, PROMPT, {
      repetitions: 3,
      warmup: true,
      onRepetition: (number) => seen.push(number),
    });
    assert.deepEqual(seen, [0, 1, 2, 3]);
    assert.equal(samples.milliseconds.length, 3);
    assert.ok(samples.milliseconds.every((duration) => duration > 0));
  });
});

test("the hash is of the logits after the test's last token", async () => {
  await withModel(path, { threads: 1 }, async (llama) => {
    const { logitsHash } = await measureSpeed(llama, BOTH, ONCE);
    const session = llama.createSession();
    const tokens = testTokens(23, FIXTURE_TOKENS.length);
    await session.evaluate(tokens.slice(0, 10));
    await session.evaluate(tokens.slice(10, 19));
    let logits = new Float32Array() as Float32Array;
    for (const token of tokens.slice(19)) logits = await session.evaluate([token]);
    assert.equal(logitsHash, hashOf(logits));
    assert.match(logitsHash, /^[0-9a-f]{12}$/);
  });
});

test("the hash is the same for any number of threads and repetitions, and another for other weights", async () => {
  for (const speedTest of [PROMPT, BOTH]) {
    const hash = (file: string, threads: number, repetitions: number) =>
      withModel(file, { threads }, async (llama) => {
        return (await measureSpeed(llama, speedTest, { repetitions, warmup: false })).logitsHash;
      });
    const wanted = await hash(path, 1, 1);
    assert.equal(await hash(path, 2, 1), wanted);
    assert.equal(await hash(path, 2, 3), wanted);
    assert.notEqual(await hash(other, 1, 1), wanted);
  }
});

test("a hash changes with the last bit of one logit", () => {
  const logits = Float32Array.of(1, 2, 3);
  const changed = Float32Array.of(1, 2, 3);
  new Uint32Array(changed.buffer)[2] = (new Uint32Array(logits.buffer)[2] ?? 0) + 1;
  assert.notEqual(hashOf(logits), hashOf(changed));
});

test("logits that are not numbers have no speed", async () => {
  const damaged = fixtureModel();
  const norm = damaged.tensors.find(({ name }) => name === "output_norm.weight");
  assert.ok(norm?.data instanceof Uint8Array);
  new Float32Array(norm.data.buffer)[0] = Number.NaN;
  const file = join(folder, "damaged.gguf");
  writeFixture(file, damaged);
  await withModel(file, {}, async (llama) => {
    await assert.rejects(measureSpeed(llama, PROMPT, ONCE), { code: "numeric" });
  });
});

test("a test beyond the context is refused, an aborted one ends", async () => {
  await withModel(path, { contextSize: 16 }, async (llama) => {
    const isContext = (error: unknown) => error instanceof LlamaError && error.code === "context";
    await assert.rejects(measureSpeed(llama, PROMPT, ONCE), isContext);
    const controller = new AbortController();
    const endless = measureSpeed(
      llama,
      { promptTokens: 0, generatedTokens: 16, depth: 0 },
      {
        repetitions: Number.POSITIVE_INFINITY,
        warmup: false,
        signal: controller.signal,
        onRepetition: (number) => number === 3 && controller.abort(new Error("enough")),
      },
    );
    await assert.rejects(endless, /enough/);
  });
});

test("bytes are counted by batches, positions and logits", () => {
  const file = openGguf(path);
  const bytesOf = (pattern: RegExp) =>
    file.tensors.filter(({ name }) => pattern.test(name)).reduce((sum, { bytes }) => sum + bytes, 0);
  const layers = bytesOf(/^blk/);
  const output = bytesOf(/^output/);
  const embeddingRow = bytesOf(/^token_embd/) / FIXTURE_TOKENS.length;
  // 2 layers of 2 KV heads of 16 keys as f16, which have a scale, and 16 values as f32
  const position = 2 * 2 * (16 * 2 + 4 + 16 * 4);
  const types = { key: "f16", value: "f32" } as const;
  assert.equal(
    bytesRead(file, { promptTokens: 20, generatedTokens: 0, depth: 5 }, 8, types),
    3 * layers + 20 * embeddingRow + (13 + 21 + 25) * position + output,
  );
  assert.equal(
    bytesRead(file, { promptTokens: 0, generatedTokens: 2, depth: 0 }, 8, types),
    2 * (layers + output + embeddingRow) + (1 + 2) * position,
  );
  // Weights are read once for all sequences, caches once for each: prompts of 20 tokens in five batches of 4.
  assert.equal(
    bytesRead(file, { promptTokens: 20, generatedTokens: 1, depth: 0, sequences: 2 }, 8, types),
    5 * layers +
      2 * (20 * embeddingRow + (4 + 8 + 12 + 16 + 20) * position) +
      output +
      layers +
      output +
      2 * (embeddingRow + 21 * position),
  );
});
