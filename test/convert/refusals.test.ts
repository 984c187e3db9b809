import assert from "node:assert/strict";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { convertModel } from "#dist/convert/convert-model.js";
import { chooseCheckpointFiles } from "#dist/convert/hub-files.js";
import { openGguf } from "#dist/gguf/open.js";
import { type FolderOptions, writeHuggingFaceFolder } from "../helpers/huggingface-folder.js";
import { FIXTURE_TOKENS, fixtureModel } from "../helpers/model-fixture.js";
import { runCommand } from "../helpers/run-command.js";
import { withHeader } from "../helpers/safetensors.js";
import { sentence } from "../helpers/sentence.js";
import { sentencePieceBytes } from "../helpers/sentencepiece.js";
import { temporaryFolder } from "../helpers/temporary.js";

const folder = temporaryFolder();
const model = fixtureModel({ layers: 1 });
const source = join(folder, "model");
const output = join(folder, "out.gguf");

async function refused(options: FolderOptions, code: string, says: RegExp): Promise<void> {
  rmSync(source, { recursive: true, force: true });
  writeHuggingFaceFolder(source, model, options);
  await assert.rejects(convertModel(source, output), sentence(code, says));
  assert.deepEqual(readdirSync(folder), ["model"]);
}

const matrix = (rows: number, columns: number, dtype = "F32", bytes = 4) => ({
  dtype,
  shape: [rows, columns],
  data: new Uint8Array(rows * columns * bytes),
});

test("a mixture whose experts are not those of its config is refused", async () => {
  const mixture = { architectures: ["MixtralForCausalLM"], num_local_experts: 2, num_experts_per_tok: 2 };
  await refused({ config: mixture }, "model", /blk\.0\.ffn_gate_inp\.weight is missing/);
  await refused({ config: { ...mixture, num_experts_per_tok: 3 } }, "model", /expert_used_count is 3/);
  const expert = { "model.layers.0.block_sparse_moe.experts.2.w1.weight": matrix(96, 64) };
  await refused({ tensors: expert }, "model", /blk\.0\.ffn_gate\.2\.weight is beyond the 1 layers of the model\./);
  const other = { "model.layers.0.block_sparse_moe.experts.0.w4.weight": matrix(96, 64) };
  await refused({ tensors: other }, "unsupported", /is not part of a Llama/);
});

test("other architectures and what a Llama has not are refused", async () => {
  const config = (values: Record<string, unknown>) => ({ config: values });
  await refused(config({ architectures: ["Qwen2ForCausalLM"] }), "unsupported", /architecture "Qwen2ForCausalLM"/);
  await refused(config({ architectures: ["MixtralForCausalLM"] }), "model", /num_local_experts/);
  await refused(config({ architectures: undefined }), "model", /"architectures" in .* does not name one/);
  await refused(config({ quantization_config: { bits: 4 } }), "unsupported", /already quantized/);
  await refused(config({ attention_bias: true }), "model", /blk\.0\.attn_q\.bias is missing/);
  await refused(config({ mlp_bias: true }), "model", /blk\.0\.ffn_gate\.bias is missing/);
  const bias = { dtype: "F32", shape: [64], data: new Uint8Array(64 * 4) };
  await refused(
    { tensors: { "model.layers.0.mlp.down_proj.bias": bias } },
    "model",
    /is a bias, but config\.json does not have "mlp_bias": true/,
  );
  await refused({ tensors: { "model.layers.0.input_layernorm.bias": bias } }, "unsupported", /not part of a Llama/);
  await refused(config({ hidden_act: "gelu" }), "unsupported", /activation is "gelu"/);
  await refused(config({ rope_scaling: { type: "dynamic", factor: 2 } }), "unsupported", /scaling "dynamic"/);
  await refused(config({ rope_scaling: { type: "linear", factor: -1 } }), "model", /"factor" in .* is -1/);
  await refused(config({ num_attention_heads: 0 }), "model", /head_count|head size/);
  await refused(config({ hidden_size: -64 }), "model", /is -64; expected a whole number of 0 or more/);
  await refused(config({ hidden_size: "64" }), "model", /"hidden_size" in .* is .*64.*; expected a whole number/);
  await refused(config({ num_hidden_layers: 1e9 }), "model", /block_count is 1000000000/);
  await refused(
    config({ vocab_size: 10 }),
    "model",
    /The tokenizer has \d+ tokens, but the model has embeddings for 10/,
  );
  await refused({ files: { "config.json": "[1]" } }, "format", /config\.json is an array; expected an object/);
  await refused({ files: { "config.json": "{" } }, "format", /config\.json is not valid JSON/);
});

test("missing and additional tensors, and those of another shape or type, are refused by name", async () => {
  const q = "model.layers.0.self_attn.q_proj.weight";
  await refused(
    { tensors: { [q]: undefined } },
    "model",
    /blk\.0\.attn_q\.weight is missing; one of 64 rows of 64 values/,
  );
  await refused(
    { tensors: { [q]: matrix(64, 32) } },
    "model",
    /attn_q\.weight has 64 rows of 32 values, but 64 rows of 64/,
  );
  await refused({ tensors: { [q]: matrix(64, 64, "I32") } }, "unsupported", /q_proj\.weight is of type I32/);
  await refused(
    { tensors: { "model.layers.0.x.weight": matrix(2, 2) } },
    "unsupported",
    /x\.weight is not part of a Llama/,
  );
  await refused(
    { tensors: { "model.layers.7.mlp.up_proj.weight": matrix(96, 64) } },
    "model",
    /blk\.7\.ffn_up\.weight is beyond the 1 layers/,
  );
  await refused({ tensors: { "lm_head.weight": undefined } }, "model", /output\.weight|tie/);
});

test("pickles are refused by name, and so is a folder without weights or tokenizer", async () => {
  rmSync(source, { recursive: true, force: true });
  writeHuggingFaceFolder(source, model);
  rmSync(join(source, "model.safetensors"));
  await assert.rejects(convertModel(source, output), sentence("not-found", /no model\.safetensors/));
  writeFileSync(join(source, "pytorch_model.bin"), "PK");
  await assert.rejects(convertModel(source, output), sentence("unsupported", /pickle \(pytorch_model\.bin\)/));
  await refused({ files: { "tokenizer.model": undefined } }, "not-found", /no tokenizer\.model and no tokenizer\.json/);
  mkdirSync(join(folder, "model", "empty"));
  await assert.rejects(convertModel(join(source, "empty"), output), sentence("not-found", /no config\.json/));
  await assert.rejects(convertModel(join(source, "none"), output), sentence("not-found", /none/));
  await assert.rejects(convertModel("ollama:x", output), sentence("option", /cannot be converted/));
  const files = ["config.json", "pytorch_model-00001-of-00002.bin"].map((path) => ({ path }));
  const reference = { kind: "hub", repo: "owner/name" } as const;
  assert.throws(() => chooseCheckpointFiles(files, reference), sentence("unsupported", /pickle/));
  const some =
    (...names: string[]) =>
    () =>
      chooseCheckpointFiles(
        names.map((path) => ({ path })),
        reference,
      );
  assert.throws(
    some("config.json", "model.safetensors"),
    sentence("not-found", /no tokenizer\.model and no tokenizer/),
  );
  assert.throws(some("tokenizer.json", "model.safetensors"), sentence("not-found", /no config\.json/));
  const part = "model-00001-of-00002.safetensors";
  assert.throws(
    some("config.json", "tokenizer.json", "model.safetensors.index.json", part),
    sentence("not-found", /There are 1 of 2 parts/),
  );
});

test("a repository's files are those of the format, config.json first", () => {
  const names = [
    "README.md",
    "consolidated.00.pth",
    "model-00001-of-00002.safetensors",
    "model-00002-of-00002.safetensors",
  ];
  const files = [...names, "model.safetensors.index.json", "tokenizer.json", "config.json", "onnx/config.json"];
  const chosen = chooseCheckpointFiles(
    files.map((path) => ({ path })),
    { kind: "hub", repo: "owner/name" },
  ).map(({ path }) => path);
  assert.equal(chosen[0], "config.json");
  assert.deepEqual(chosen.toSorted(), [
    "config.json",
    "model-00001-of-00002.safetensors",
    "model-00002-of-00002.safetensors",
    "model.safetensors.index.json",
    "tokenizer.json",
  ]);
});

test("damaged headers of safetensors are refused before anything is allocated for them", async () => {
  const header = async (bytes: Uint8Array, says: RegExp) =>
    refused({ files: { "model.safetensors": bytes } }, "format", says);
  const length = (value: bigint) => {
    const bytes = Buffer.alloc(64);
    bytes.writeBigUInt64LE(value);
    return bytes;
  };
  await header(Buffer.alloc(0), /has 0 bytes only/);
  await header(Buffer.alloc(7), /has 7 bytes only/);
  for (const value of [57n, 2n ** 31n, 2n ** 53n + 1n, 2n ** 64n - 1n])
    await header(length(value), /its header has \d+ bytes/);
  await header(withHeader("nonsense", Buffer.alloc(8)), /not valid JSON/);
  await header(withHeader("[]", Buffer.alloc(8)), /expected an object/);
  await header(withHeader("\u0000\ud800", Buffer.alloc(0)), /header of/);
  await header(withHeader("[".repeat(100_000), Buffer.alloc(0)), /header of/);
  const one = (tensor: unknown, data = 16) => withHeader(JSON.stringify({ a: tensor }), Buffer.alloc(data));
  await header(one(5), /Tensor "a" of .* is 5; expected an object/);
  const tensor = { dtype: "F32", shape: [2, 2], data_offsets: [0, 16] };
  for (const shape of [[-1], [1.5], [2 ** 53], [2 ** 40, 2 ** 40], Array(9).fill(1), ["2"]]) {
    await header(one({ ...tensor, shape }), /damaged shape/);
  }
  for (const data_offsets of [[0], [16, 0], [-16, 0], [0, 1.5], [0, 16, 32], ["0", 16]]) {
    await header(one({ ...tensor, data_offsets }), /damaged data_offsets/);
  }
  await header(one({ ...tensor, shape: [3, 2] }), /has 16 bytes where its shape asks for 24/);
  await header(one(tensor, 20), /its tensors have 16 bytes, and 20 bytes follow/);
  await header(one({ ...tensor, data_offsets: [4, 20] }, 20), /begins at 4 instead of 0/);
  const two = { a: tensor, b: { ...tensor, data_offsets: [8, 24] } };
  await header(withHeader(JSON.stringify(two), Buffer.alloc(24)), /begins at 8 instead of 16/);
});

test("an index that leads elsewhere, or disagrees with its files, is refused", async () => {
  const index = async (weight_map: unknown, code: string, says: RegExp) =>
    refused({ files: { "model.safetensors.index.json": JSON.stringify({ weight_map }) } }, code, says);
  for (const name of [
    "../x.safetensors",
    "/etc/passwd",
    "a/b.safetensors",
    "C:\\x.safetensors",
    ".safetensors",
    5,
    "",
  ]) {
    await index({ a: name }, "format", /as the file of tensor "a"/);
  }
  await index({}, "format", /lists no tensors/);
  await index({ a: "model.safetensors" }, "format", /but not by model\.safetensors\.index\.json/);
  await index({ a: "none.safetensors" }, "not-found", /none\.safetensors/);
  await index("x", "format", /expected an object/);
});

test("damaged tokenizer files are refused", async () => {
  const whole = sentencePieceBytes(FIXTURE_TOKENS);
  const spm = async (bytes: Uint8Array, code: string, says: RegExp) =>
    refused({ files: { "tokenizer.model": bytes } }, code, says);
  await spm(Buffer.alloc(0), "format", /has no tokens/);
  await spm(whole.subarray(0, 100), "format", /is damaged/);
  await spm(Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]), "format", /is damaged/);
  await spm(Buffer.alloc(50, 0xff), "format", /is damaged/);
  await spm(Buffer.from("a text file, not a tokenizer"), "format", /is damaged|has no tokens/);
  await spm(sentencePieceBytes(FIXTURE_TOKENS, { kind: 1 }), "unsupported", /of the kind 1/);
  await spm(sentencePieceBytes(FIXTURE_TOKENS, { charsmap: "x" }), "unsupported", /normalizes text/);
  const json = async (tokenizer: unknown, code: string, says: RegExp) =>
    refused({ files: { "tokenizer.model": undefined, "tokenizer.json": JSON.stringify(tokenizer) } }, code, says);
  const bpe = { type: "BPE", vocab: { a: 0 }, merges: [] };
  await json({ model: { type: "Unigram" } }, "unsupported", /of the kind "Unigram"/);
  await json({ model: { ...bpe, vocab: { a: -1 } } }, "format", /without a proper id/);
  await json({ model: { ...bpe, vocab: { a: 1e9 } } }, "format", /without a proper id/);
  await json({ model: { ...bpe, vocab: { a: 0, b: 0 } } }, "format", /gives the id 0 to two tokens/);
  await json({ model: { ...bpe, merges: ["a"] } }, "format", /Merge 0 of .* is damaged/);
  await json({ model: { ...bpe, merges: [["a", "b", "c"]] } }, "format", /Merge 0 of .* is damaged/);
  await json({ model: bpe }, "unsupported", /The pre-tokenizer of/);
  await json({ model: bpe, normalizer: { type: "NFC" } }, "unsupported", /normalizes text/);
});

test("NaN is refused with the tensor and row that the file would have, and an abort leaves nothing behind", async () => {
  const data = new Float32Array(64 * 64);
  data[33 * 64] = Number.NaN; // row 1 of the upper half of a head of 16 rows: 32 + 1
  const tensors = {
    "model.layers.0.self_attn.q_proj.weight": { dtype: "F32", shape: [64, 64], data: new Uint8Array(data.buffer) },
  };
  await refused({ tensors }, "numeric", /blk\.0\.attn_q\.weight has NaN in row 35 of 64/);
  rmSync(source, { recursive: true, force: true });
  writeHuggingFaceFolder(source, model);
  const controller = new AbortController();
  const onProgress = () => controller.abort(new Error("enough"));
  await assert.rejects(convertModel(source, output, { signal: controller.signal, onProgress }), /enough/);
  assert.deepEqual(readdirSync(folder), ["model"]);
});

test("the command converts, says what it wrote, and refuses a type that is none", async () => {
  rmSync(source, { recursive: true, force: true });
  writeHuggingFaceFolder(source, model, { files: { "chat_template.jinja": "{{ messages }}" } });
  const wrong = await runCommand(["convert", source, output, "Q9"]);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /^error: There is no type "Q9" to convert to; [^\n]+\.\n$/);
  const good = await runCommand(["convert", source, output, "q8_0"]);
  assert.equal(good.code, 0, good.stderr);
  assert.match(good.stderr, /^Wrote \S+out\.gguf \(\d+\.\d KiB\)\.\n$/);
  const { metadata } = openGguf(output);
  assert.equal(metadata.findString("tokenizer.chat_template"), "{{ messages }}");
  assert.equal(metadata.findString("general.name"), "model");
  const again = await runCommand(["convert", source, output]);
  assert.match(again.stderr, /already exists; choose another file, or overwrite it with --force/);
});
