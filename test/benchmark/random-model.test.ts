import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { randomModel, WEIGHT_DEVIATION } from "#dist/benchmark/random-model.js";
import { randomTile } from "#dist/benchmark/random-tile.js";
import { getShape, SHAPES } from "#dist/benchmark/shapes.js";
import { writeRandomModel } from "#dist/benchmark/write-model.js";
import { Engine, type EngineOptions } from "#dist/engine/engine.js";
import { openWeights } from "#dist/engine/team/weight-source.js";
import { LlamaError } from "#dist/errors.js";
import { tensorTypes } from "#dist/gguf/format.js";
import { openGguf } from "#dist/gguf/open.js";
import { Formats } from "#dist/kernels/formats.js";
import { compileKernels, instantiateKernels } from "#dist/kernels/load.js";
import { readConfig } from "#dist/model/config.js";
import { Random } from "#dist/random.js";
import { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { spread } from "../helpers/long.js";
import { temporaryFolder } from "../helpers/temporary.js";

const OPTIONS: EngineOptions = { contextSize: 32, batchSize: 8, cacheTypes: { key: "f16", value: "f16" } };
const TOKENS = [1, 300, 31999, 7, 8, 9, 10, 11, 12, 13];

/** 288 wide, and its vocabulary is most of it: some 10 MB. */
const small = getShape("stories15m", 2);

async function logitsOf(
  model: Pick<ReturnType<typeof randomModel>, "file"> & Partial<ReturnType<typeof randomModel>>,
  options: Partial<EngineOptions> = {},
): Promise<Float32Array> {
  const engine = await Engine.load(model.file, { ...OPTIONS, origin: model.origin, ...options });
  try {
    return await engine.evaluate(engine.createCache(), TOKENS);
  } finally {
    await engine.dispose();
  }
}

function rootMeanSquare(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

test("a tile of every type has finite values of about the deviation asked for", () => {
  const memory = new WebAssembly.Memory({ initial: 256, maximum: 256, shared: true });
  const kernels = instantiateKernels(compileKernels().module, memory);
  const source = Math.ceil(kernels.heapBase() / 64) * 64;
  const target = source + (1 << 20);
  for (const type of tensorTypes()) {
    const tile = randomTile(type, 0, WEIGHT_DEVIATION, new Random(1));
    const values = Math.min(tile.length / type.blockBytes, 400) * type.blockSize;
    new Uint8Array(memory.buffer, source, tile.length).set(tile);
    new Formats(kernels).of(type).dequantize(source, target, values);
    const found = rootMeanSquare(new Float32Array(memory.buffer, target, values));
    assert.ok(found > 0.8 * WEIGHT_DEVIATION && found < 1.25 * WEIGHT_DEVIATION, `${type.name}: ${found}`);
  }
});

test("models of random weights give finite logits of a sane size in every kind of type", async () => {
  for (const typeName of spread(["q4_0", "q4_k_m", "iq4_nl", "f16", "bf16"], 3)) {
    const logits = await logitsOf(randomModel(small, typeName));
    assert.equal(logits.length, 32000);
    assert.ok(logits.every(Number.isFinite), typeName);
    const size = rootMeanSquare(logits);
    assert.ok(size > 0.05 && size < 10, `${typeName}: ${size}`);
  }
});

test("the weights are the same for any number of workers and banks, and others for another seed", async () => {
  const model = randomModel(small, "q8_0");
  const wanted = await logitsOf(model, { threads: 1 });
  assert.deepEqual(await logitsOf(model, { threads: 2 }), wanted);
  assert.deepEqual(await logitsOf(randomModel(small, "q8_0"), { threads: 2, maxBankBytes: 16 << 20 }), wanted);
  assert.notDeepEqual(await logitsOf(randomModel(small, "q8_0", 2)), wanted);
});

test("a written model opens as a file and gives the same logits", async () => {
  const path = join(temporaryFolder(), "random.gguf");
  const model = randomModel(small, "q4_k_s");
  const progress: number[] = [];
  await writeRandomModel(path, model, { onProgress: (done) => progress.push(done) });
  const file = openGguf(path);
  assert.deepEqual(
    file.tensors.map(({ name, type, dims }) => [name, type.name, dims]),
    model.file.tensors.map(({ name, type, dims }) => [name, type.name, dims]),
  );
  assert.deepEqual(await logitsOf({ file }), await logitsOf(model));
  assert.ok(progress.length > 1 && progress.every((done) => done >= 0 && done <= 1));
});

test("an aborted write leaves nothing behind", async () => {
  const path = join(temporaryFolder(), "random.gguf");
  const controller = new AbortController();
  const writing = writeRandomModel(path, randomModel(small, "q4_0"), {
    signal: controller.signal,
    onProgress: () => controller.abort(new Error("enough")),
  });
  await assert.rejects(writing, /enough/);
  assert.throws(() => openGguf(path), { code: "not-found" });
});

test("bytes of a tensor do not depend on how they are asked for", () => {
  const { file, origin } = randomModel(small, "q6_k");
  const source = openWeights(origin);
  const tensor = file.tensors.find(({ name }) => name === "blk.1.ffn_up.weight");
  assert.ok(tensor);
  const whole = new Uint8Array(tensor.bytes);
  source.read(tensor, 0, whole);
  const pieces = new Uint8Array(tensor.bytes);
  for (let offset = 0, length = 1; offset < tensor.bytes; offset += length, length = (length * 7) % 20011) {
    source.read(tensor, offset, pieces.subarray(offset, offset + length));
  }
  source.close();
  assert.deepEqual(pieces, whole);
  assert.notDeepEqual(whole.subarray(0, 1 << 14), whole.subarray(1 << 14, 1 << 15));
});

test("shapes have the parameters that their models are named for", () => {
  const billions = new Map([
    ["stories15m", 0.015],
    ["stories110m", 0.11],
    ["1.1b", 1.1],
    ["7b", 6.7],
    ["13b", 13],
    ["34b", 33.7],
    ["70b", 69],
    ["mistral-7b", 7.2],
    ["mixtral-8x7b", 46.7],
    ["llama3-8b", 8],
  ]);
  for (const shape of SHAPES) {
    const { file } = randomModel(shape, "q8_0");
    const parameters = file.tensors.reduce((sum, { dims }) => sum + dims.reduce((a, b) => a * b, 1), 0);
    const wanted = billions.get(shape.name) ?? 0;
    assert.ok(Math.abs(parameters / 1e9 / wanted - 1) < 0.02, `${shape.name}: ${parameters}`);
    assert.equal(readConfig(file.metadata).vocabularySize, shape.vocabularySize);
  }
});

test("tensors get the types that llama2 quantize gives them", () => {
  const { file } = randomModel(getShape("7b"), "Q4_K_M");
  const typeOf = (name: string) => file.tensors.find((tensor) => tensor.name === name)?.type.name;
  assert.equal(typeOf("token_embd.weight"), "Q4_K");
  assert.equal(typeOf("output.weight"), "Q6_K");
  assert.equal(typeOf("blk.0.attn_v.weight"), "Q6_K");
  assert.equal(typeOf("blk.4.attn_v.weight"), "Q4_K");
  assert.equal(typeOf("blk.0.attn_norm.weight"), "F32");
  const pure = randomModel(getShape("7b"), "iq2_xs").file.tensors;
  assert.ok(pure.every(({ type, dims }) => type.name === (dims.length > 1 ? "IQ2_XS" : "F32")));
});

test("the vocabulary encodes and decodes", () => {
  const tokenizer = Tokenizer.fromMetadata(randomModel(small, "q4_0").file.metadata);
  const ids = tokenizer.encode("the cat, déjà", { addBos: false });
  assert.equal(tokenizer.decode(ids), "the cat, déjà");
});

test("unknown shapes, types and layers are refused", () => {
  const isOption = (error: unknown) => error instanceof LlamaError && error.code === "option";
  assert.throws(() => getShape("8x7b"), isOption);
  assert.throws(() => getShape("7b", 33), isOption);
  assert.throws(() => getShape("7b", 0), isOption);
  assert.throws(() => randomModel(small, "q9_0"), isOption);
});
