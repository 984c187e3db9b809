import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { LlamaError } from "#dist/errors.js";
import type { MetadataEntry } from "#dist/gguf/metadata.js";
import { openGguf } from "#dist/gguf/open.js";
import type { TensorToWrite } from "#dist/gguf/writer.js";
import { readAdapter, withAdapters } from "#dist/model/adapters.js";
import { readConfig } from "#dist/model/config.js";
import { findWeights } from "#dist/model/weights.js";
import { fixtureAdapter, writeAdapter } from "../helpers/adapter-fixture.js";
import { f32, fixtureModel, text, writeFixture } from "../helpers/model-fixture.js";
import { temporaryFolder } from "../helpers/temporary.js";

const folder = temporaryFolder();
const base = fixtureModel();
const basePath = join(folder, "base.gguf");
writeFixture(basePath, base);
const path = join(folder, "adapter.gguf");

interface Change {
  readonly metadata?: Readonly<Record<string, MetadataEntry | undefined>>;
  readonly tensors?: (tensors: readonly TensorToWrite[]) => readonly TensorToWrite[];
  readonly model?: string;
}

function read({ metadata = {}, tensors: change = (tensors) => tensors, model = basePath }: Change = {}) {
  const adapter = fixtureAdapter(base);
  const entries = new Map<string, MetadataEntry>(adapter.metadata);
  for (const [key, entry] of Object.entries(metadata)) {
    if (entry === undefined) entries.delete(key);
    else entries.set(key, entry);
  }
  writeAdapter(path, { ...adapter, metadata: entries, tensors: change(adapter.tensors) });
  return readFrom(path, model);
}

function readFrom(file: string, model = basePath) {
  const opened = openGguf(model);
  const config = readConfig(opened.metadata);
  const weights = findWeights(opened, config);
  return { adapter: readAdapter(openGguf(file), config, weights), weights };
}

function refused(change: Change, code: string, says: RegExp): void {
  assert.throws(
    () => read(change),
    (error: unknown) => {
      assert.ok(error instanceof LlamaError, String(error));
      assert.match(error.message, says);
      assert.equal(error.code, code);
      return true;
    },
  );
}

const without = (name: string) => (tensors: readonly TensorToWrite[]) => tensors.filter((t) => t.name !== name);
const changed = (name: string, change: Partial<TensorToWrite>) => (tensors: readonly TensorToWrite[]) =>
  tensors.map((t) => (t.name === name ? { ...t, ...change } : t));

test("an adapter's halves find their matrices, with alpha / rank as their factor", () => {
  const { adapter, weights } = read();
  assert.equal(adapter.size, 2 + 2 * 7);
  const part = adapter.get("blk.1.ffn_down.weight");
  assert.deepEqual([part?.rank, part?.factor, part?.a.name], [4, 2, "blk.1.ffn_down.weight.lora_a"]);
  const both = withAdapters(weights, [adapter, new Map([...adapter].slice(0, 1))]);
  assert.deepEqual(
    both.layers[1]?.feedForward[0].down.adapters?.map(({ adapter: index }) => index),
    [0],
  );
  assert.deepEqual(
    both.tokenEmbedding.adapters?.map(({ adapter: index }) => index),
    [0, 1],
  );
  assert.equal(both.layers[0]?.attentionNorm.adapters, undefined);
  assert.equal(read({ metadata: { "adapter.lora.alpha": undefined } }).adapter.get("output.weight")?.factor, 1);
});

test("a model where an adapter is expected is refused, and an adapter where a model is", () => {
  assert.throws(
    () => readFrom(basePath),
    /base\.gguf is not an adapter: it looks like a model, which goes with --model/,
  );
  read();
  assert.throws(() => readFrom(path, path), /This is an adapter, not a model; .* with --lora/);
  refused({ metadata: { "general.type": text("imatrix") } }, "model", /is not an adapter/);
});

test("adapters of another kind or for another model are refused with the reason", () => {
  refused({ metadata: { "adapter.type": text("dora") } }, "unsupported", /of the type "dora"; only plain LoRA/);
  refused({ metadata: { "adapter.type": undefined } }, "unsupported", /of the type ""/);
  const invocation: MetadataEntry = { type: "array", elementType: "u32", value: Uint32Array.of(1) };
  refused({ metadata: { "adapter.alora.invocation_tokens": invocation } }, "unsupported", /is an activated LoRA/);
  const other = { metadata: { "general.architecture": text("qwen2") } };
  refused(other, "model", /made for the architecture "qwen2", and the model's is "llama"/);
  refused({ metadata: { "adapter.lora.alpha": f32(Number.NaN) } }, "model", /alpha is NaN/);
  refused({ tensors: () => [] }, "model", /it has no tensors/);
  const deeper = fixtureAdapter(fixtureModel({ layers: 3 })).tensors;
  refused({ tensors: () => deeper }, "model", /it changes blk\.2\.attn_q\.weight, and there is no such matrix/);
  const wider = fixtureAdapter(fixtureModel({ hiddenDim: 128 })).tensors;
  refused(
    { tensors: () => wider },
    "model",
    /ffn_gate\.weight by has the shapes \[64, 4\] and \[4, 128\]; expected \[64, rank\] and \[rank, 96\]/,
  );
});

test("tensors that are no halves of a matrix's adapter are refused", () => {
  const q = "blk.0.attn_q.weight";
  refused({ tensors: without(`${q}.lora_a`) }, "model", /blk\.0\.attn_q\.weight\.lora_a is missing/);
  refused({ tensors: without(`${q}.lora_b`) }, "model", /blk\.0\.attn_q\.weight\.lora_b is missing/);
  for (const name of ["blk.0.attn_q.weight", "blk.0.attn_q.lora_a", "__proto__.lora_a", "blk.0.attn_q.weight.lora_c"]) {
    refused({ tensors: changed(`${q}.lora_a`, { name }) }, "model", /it changes .*, and there is no such matrix/);
  }
  const norm = { name: "blk.0.attn_norm.weight.lora_a" };
  refused(
    { tensors: changed(`${q}.lora_a`, norm) },
    "model",
    /changes blk\.0\.attn_norm\.weight, and there is no such/,
  );
  refused(
    { tensors: changed(`${q}.lora_a`, { dims: [4, 64] }) },
    "model",
    /\[4, 64\] and \[4, 64\]; expected \[64, rank\]/,
  );
  refused({ tensors: changed(`${q}.lora_b`, { dims: [4, 32, 2] }) }, "model", /\[4, 32, 2\]; expected/);
  const embedding = { dims: [292, 4] };
  refused(
    { tensors: changed("token_embd.weight.lora_a", embedding) },
    "model",
    /expected \[rank, \d+\] and \[rank, 64\]/,
  );
  const quantised = fixtureAdapter(base, { rank: 32, type: "Q8_0" }).tensors;
  refused({ tensors: () => quantised }, "unsupported", /is of type Q8_0; expected F32, F16 or BF16/);
});

test("a token embedding that is the output too cannot be changed", () => {
  const tied = fixtureModel({ tied: true });
  const tiedPath = join(folder, "tied.gguf");
  writeFixture(tiedPath, tied);
  refused(
    { tensors: without("output.weight.lora_a"), model: tiedPath },
    "model",
    /output\.weight, and there is no such/,
  );
  const tensors = (all: readonly TensorToWrite[]) => all.filter(({ name }) => !name.startsWith("output."));
  refused({ tensors, model: tiedPath }, "unsupported", /token embedding, which is the output's matrix too/);
});
