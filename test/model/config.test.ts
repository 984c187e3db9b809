import assert from "node:assert/strict";
import { test } from "node:test";
import { LlamaError } from "#dist/errors.js";
import { Metadata, type MetadataEntry } from "#dist/gguf/metadata.js";
import { readConfig } from "#dist/model/config.js";
import { f32, fixtureModel, text, u32 } from "../helpers/model-fixture.js";

function config(changes: Readonly<Record<string, MetadataEntry | undefined>>) {
  const entries = new Map(fixtureModel().metadata);
  for (const [key, entry] of Object.entries(changes)) {
    if (entry === undefined) entries.delete(key);
    else entries.set(key, entry);
  }
  return readConfig(new Metadata(entries));
}

function integers(...values: readonly number[]): MetadataEntry {
  return { type: "array", elementType: "i32", value: Int32Array.from(values) };
}

const WRONG: readonly (readonly [key: string, value: MetadataEntry | undefined, says: RegExp])[] = [
  ["general.architecture", undefined, /general\.architecture is missing/],
  ["general.architecture", text("mamba\u001b"), /architecture "mamba\\u001b"; only "llama" and "mistral"/],
  ["llama.expert_count", u32(8), /expert_used_count is missing/],
  ["llama.expert_count", u32(1025), /expert_count is 1025/],
  ["llama.attention.head_count", u32(0), /head_count is 0/],
  ["llama.attention.head_count", f32(4), /whole number/],
  ["llama.attention.head_count_kv", u32(0), /head_count_kv is 0/],
  ["llama.attention.head_count_kv", u32(3), /a divisor of the 4 heads/],
  ["llama.embedding_length", undefined, /embedding_length is missing/],
  ["llama.block_count", u32(0), /block_count is 0/],
  ["llama.block_count", u32(2 ** 31), /block_count is 2147483648/],
  ["llama.feed_forward_length", u32(0), /feed_forward_length is 0/],
  ["llama.context_length", u32(0), /context_length is 0/],
  ["llama.context_length", u32(2 ** 32 - 1), /context_length is 4294967295/],
  ["llama.rope.dimension_count", u32(0), /dimension_count is 0/],
  ["llama.rope.dimension_count", u32(7), /dimension_count is 7/],
  ["llama.rope.freq_base", f32(0), /freq_base is 0/],
  ["llama.rope.freq_base", f32(Number.NaN), /freq_base is NaN/],
  ["llama.rope.freq_base", f32(-1), /freq_base is -1/],
  ["llama.attention.layer_norm_rms_epsilon", f32(0), /epsilon is 0/],
  ["llama.attention.layer_norm_rms_epsilon", f32(Number.POSITIVE_INFINITY), /epsilon is Infinity/],
  ["llama.attention.key_length", u32(15), /value_length is 16, but the same as the key length, 15/],
  ["llama.rope.scaling.type", text("longrope"), /RoPE scaling "longrope"/],
  ["llama.rope.scaling.factor", f32(-2), /factor is -2/],
  ["llama.attention.head_count", integers(4, 8), /layers differ: llama\.attention\.head_count goes from 4 to 8/],
  ["llama.attention.head_count", integers(), /head_count is an array without whole numbers/],
  ["llama.attention.sliding_window", u32(2 ** 31), /sliding_window is 2147483648/],
  ["llama.attention.sliding_window_pattern", u32(2), /windows of attention in some layers only/],
];

for (const [key, value, says] of WRONG) {
  test(`refused: ${key} ${value === undefined ? "missing" : `of ${String(value.value)}`}`, () => {
    assert.throws(
      () => config({ [key]: value }),
      (error: unknown) => {
        assert.ok(error instanceof LlamaError, String(error));
        assert.match(error.message, says);
        return true;
      },
    );
  });
}

test("a mixture's experts are read, and no more of them are used than there are", () => {
  const { experts, expertsUsed } = config({ "llama.expert_count": u32(8), "llama.expert_used_count": u32(2) });
  assert.deepEqual([experts, expertsUsed], [8, 2]);
  for (const used of [0, 9]) {
    const wrong = { "llama.expert_count": u32(8), "llama.expert_used_count": u32(used) };
    assert.throws(() => config(wrong), new RegExp(`expert_used_count is ${used}, but a whole number from 1 to 8`));
  }
  assert.deepEqual([config({}).experts, config({ "llama.expert_count": u32(0) }).expertsUsed], [0, 0]);
});

test("an odd head size is refused", () => {
  const odd = u32(15);
  assert.throws(
    () =>
      config({
        "llama.attention.key_length": odd,
        "llama.attention.value_length": odd,
        "llama.rope.dimension_count": odd,
      }),
    /head size is 15, but an even number/,
  );
});

test("what the metadata leaves out has the format's defaults", () => {
  const found = config({
    "llama.attention.head_count_kv": undefined,
    "llama.attention.key_length": undefined,
    "llama.attention.value_length": undefined,
    "llama.rope.dimension_count": undefined,
    "general.name": undefined,
  });
  assert.equal(found.kvHeads, 4);
  assert.equal(found.headSize, 16);
  assert.equal(found.name, "unnamed");
  assert.deepEqual(found.rope, { dims: 16, base: 10000, scaling: { kind: "none" } });
});

test("RoPE scaling is read in its old and its new form", () => {
  assert.deepEqual(config({ "llama.rope.scale_linear": f32(2) }).rope.scaling, { kind: "linear", factor: 2 });
  const linear = { "llama.rope.scaling.type": text("linear"), "llama.rope.scaling.factor": f32(4) };
  assert.deepEqual(config(linear).rope.scaling, { kind: "linear", factor: 4 });
  const yarn = { "llama.rope.scaling.type": text("yarn"), "llama.rope.scaling.factor": f32(8) };
  assert.deepEqual(config({ ...yarn, "llama.rope.scaling.original_context_length": u32(64) }).rope.scaling, {
    kind: "yarn",
    factor: 8,
    originalContext: 64,
    attentionFactor: 1,
  });
});

test("a RoPE factor without a type is linear, and a factor of 0 is none", () => {
  const scaling = (changes: Readonly<Record<string, MetadataEntry>>) => config(changes).rope.scaling;
  assert.deepEqual(scaling({ "llama.rope.scaling.factor": f32(4) }), { kind: "linear", factor: 4 });
  assert.deepEqual(scaling({ "llama.rope.scaling.factor": f32(0) }), { kind: "none" });
  assert.deepEqual(scaling({ "llama.rope.scale_linear": f32(0) }), { kind: "none" });
  const linear = { "llama.rope.scaling.type": text("linear") };
  assert.deepEqual(scaling({ ...linear, "llama.rope.scaling.factor": f32(0) }), { kind: "none" });
  const none = { "llama.rope.scaling.type": text("none") };
  assert.deepEqual(scaling({ ...none, "llama.rope.scaling.factor": f32(4) }), { kind: "none" });
});

test("an array of the same value for each layer is that value", () => {
  const found = config({
    "llama.attention.head_count": integers(4, 4),
    "llama.attention.head_count_kv": integers(2, 2),
    "llama.feed_forward_length": integers(96, 96),
    "llama.attention.sliding_window": integers(8, 8),
  });
  assert.deepEqual([found.heads, found.kvHeads, found.hiddenDim, found.window], [4, 2, 96, 8]);
});

test("a window is read where a file has one, and 0 is none", () => {
  assert.equal(config({}).window, undefined);
  assert.equal(config({ "llama.attention.sliding_window": u32(0) }).window, undefined);
  assert.equal(config({ "llama.attention.sliding_window": u32(4096) }).window, 4096);
});

test("a file of another architecture's name has its keys behind that name", () => {
  const found = readConfig(new Metadata(fixtureModel({ architecture: "mistral", window: 32 }).metadata));
  assert.deepEqual([found.architecture, found.dim, found.window], ["mistral", 64, 32]);
  const misnamed = new Map(fixtureModel().metadata).set("general.architecture", text("mistral"));
  assert.throws(() => readConfig(new Metadata(misnamed)), /mistral\.embedding_length is missing/);
});
