import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { convertModel } from "#dist/convert/convert-model.js";
import { readTensorData } from "#dist/gguf/data.js";
import { openGguf } from "#dist/gguf/open.js";
import { ropeAngles } from "#dist/model/rope.js";
import { withEngine } from "../helpers/engine.js";
import { type FolderOptions, writeHuggingFaceFolder } from "../helpers/huggingface-folder.js";
import { type FixtureShape, fixtureModel } from "../helpers/model-fixture.js";
import { ScalarModel } from "../helpers/scalar-model.js";
import { temporaryFolder } from "../helpers/temporary.js";
import { nmse } from "../helpers/tolerance.js";

const folder = temporaryFolder();
const IDS = [1, 260, 270, 285, 262, 3, 200, 290, 261, 275];

interface Family {
  readonly name: string;
  readonly shape?: Partial<FixtureShape>;
  readonly options?: FolderOptions;
  readonly ropeBase?: number;
}

/** What sets the families apart; Llama 3's frequencies are compared below. */
const FAMILIES: readonly Family[] = [
  {
    name: "Llama 1",
    shape: { kvHeads: 4 },
    options: { config: { num_key_value_heads: undefined, head_dim: undefined } },
  },
  { name: "Llama 2", options: { shards: 3, dtype: "F16", config: { head_dim: null, rope_scaling: null } } },
  { name: "Code Llama", options: { config: { rope_theta: 1e6 }, dtype: "BF16" }, ropeBase: 1e6 },
  {
    name: "Mistral",
    shape: { window: 4 },
    options: { config: { architectures: ["MistralForCausalLM"], sliding_window: 4 } },
  },
  { name: "TinyLlama", shape: { kvHeads: 1 } },
  { name: "SmolLM", shape: { tied: true, heads: 3, kvHeads: 1, dim: 96, headSize: 32 } },
  {
    name: "newer transformers",
    options: { config: { rope_parameters: { rope_theta: 5e5, rope_type: "default" } } },
    ropeBase: 5e5,
  },
  {
    name: "a Llama with biases",
    shape: { biases: ["attention", "feedForward"] },
    options: { config: { attention_bias: true, mlp_bias: true } },
  },
  {
    name: "Mixtral",
    shape: { experts: 4, expertsUsed: 2, isSplit: true, routerType: "BF16" },
    options: {
      shards: 3,
      dtype: "BF16",
      config: { architectures: ["MixtralForCausalLM"], num_local_experts: 4, num_experts_per_tok: 2 },
    },
  },
  { name: "heads wider than the model", shape: { headSize: 32 } },
];

for (const { name, shape = {}, options = {}, ropeBase = 10000 } of FAMILIES) {
  test(`a folder like that of ${name} gives the logits of the scalar model`, async () => {
    const model = fixtureModel({ type: options.dtype ?? "F32", normType: options.dtype ?? "F32", ...shape });
    const source = join(folder, name);
    const output = join(folder, `${name}.gguf`);
    writeHuggingFaceFolder(source, model, options);
    await convertModel(source, output);
    const dense = options.dtype ?? "F32";
    const { tensors } = openGguf(output);
    const types = new Set(
      tensors
        .filter((tensor) => !tensor.name.includes("gate_inp"))
        .map(({ type, dims }) => `${dims.length} ${type.name}`),
    );
    assert.deepEqual(types, new Set([`2 ${dense}`, ...(shape.experts ? [`3 ${dense}`] : []), "1 F32"]));
    for (const { name, type } of tensors) if (name.includes("gate_inp")) assert.equal(type.name, "F32");
    const scalar = new ScalarModel(model, ropeBase);
    await withEngine(output, { contextSize: 64 }, async (engine) => {
      const cache = engine.createCache();
      for (const id of IDS) {
        const expected = scalar.step(id);
        const error = nmse(await engine.evaluate(cache, [id]), expected);
        assert.ok(error < 1e-9, `NMSE ${error}`);
      }
    });
  });
}

test("Llama 3's scaling becomes factors of the frequencies, by its published formula", async () => {
  const source = join(folder, "llama3");
  const rope = {
    rope_type: "llama3",
    factor: 8,
    low_freq_factor: 1,
    high_freq_factor: 4,
    original_max_position_embeddings: 8192,
  };
  const shape = { headSize: 128, heads: 2, kvHeads: 1 };
  writeHuggingFaceFolder(source, fixtureModel(shape), { config: { rope_theta: 5e5, rope_scaling: rope } });
  const output = join(folder, "llama3.gguf");
  await convertModel(source, output);
  const file = openGguf(output);
  const tensor = file.tensors.find(({ name }) => name === "rope_freqs.weight");
  assert.ok(tensor);
  const factors = new Float32Array(readTensorData(tensor).buffer);
  assert.equal(factors.length, 64);
  const scaling = { kind: "none" } as const;
  const found = ropeAngles({ dims: 128, base: 5e5, scaling }, factors).frequencies;
  // Values of Meta's apply_scaling for theta 5e5: kept, on the ramp, and an eighth.
  const plain = ropeAngles({ dims: 128, base: 5e5, scaling }).frequencies;
  for (let i = 0; i < 64; i++) {
    const frequency = plain[i] ?? 0;
    const wavelength = (2 * Math.PI) / frequency;
    const ramp = Math.min(1, Math.max(0, (8192 / wavelength - 1) / 3));
    const expected = (1 - ramp) * (frequency / 8) + ramp * frequency;
    assert.ok(Math.abs((found[i] ?? 0) / expected - 1) < 1e-6, `pair ${i}`);
  }
  assert.equal(factors[0], 1);
  assert.equal(factors[63], 8);
});

test("linear and YaRN scaling have their keys", async () => {
  const source = join(folder, "scaled");
  const output = join(folder, "scaled.gguf");
  const convert = async (rope_scaling: object) => {
    writeHuggingFaceFolder(source, fixtureModel(), { config: { rope_scaling } });
    await convertModel(source, output, { force: true });
    return openGguf(output).metadata;
  };
  const linear = await convert({ type: "linear", factor: 4 });
  assert.equal(linear.findString("llama.rope.scaling.type"), "linear");
  assert.equal(linear.findNumber("llama.rope.scaling.factor"), 4);
  const yarn = await convert({ rope_type: "yarn", factor: 16, original_max_position_embeddings: 4096 });
  assert.equal(yarn.findString("llama.rope.scaling.type"), "yarn");
  assert.equal(yarn.findNumber("llama.rope.scaling.factor"), 16);
  assert.equal(yarn.findInteger("llama.rope.scaling.original_context_length"), 4096);
  assert.equal(yarn.has("llama.rope.scaling.attn_factor"), false);
});

test("a quantised type is written straight away, the same as by quantize", async () => {
  const shape = { dim: 256, hiddenDim: 512, heads: 4, kvHeads: 2, headSize: 64 };
  const source = join(folder, "wide");
  writeHuggingFaceFolder(source, fixtureModel(shape), { shards: 2 });
  const [direct, plain, twice] = ["direct", "plain", "twice"].map((name) => join(folder, `${name}.gguf`)) as [
    string,
    string,
    string,
  ];
  await convertModel(source, direct, { type: "q4_k_m" });
  await convertModel(source, plain, { type: "F32" });
  const { quantizeFile } = await import("#dist/quantize/quantize-file.js");
  await quantizeFile(plain, twice, "Q4_K_M");
  const data = (path: string) =>
    openGguf(path).tensors.map((tensor) => [
      tensor.name,
      tensor.type.name,
      Buffer.from(readTensorData(tensor)).toString("hex"),
    ]);
  assert.deepEqual(data(direct), data(twice));
  assert.equal(openGguf(direct).metadata.findInteger("general.file_type"), 15);
});
