import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { openGguf } from "#dist/gguf/open.js";
import type { TensorToWrite } from "#dist/gguf/writer.js";
import { writeGguf } from "#dist/gguf/writer.js";
import { readConfig } from "#dist/model/config.js";
import { findWeights } from "#dist/model/weights.js";
import { type FixtureModel, fixtureModel } from "../helpers/model-fixture.js";
import { temporaryFolder } from "../helpers/temporary.js";

const folder = temporaryFolder();
const model = fixtureModel();

function find(change: (tensors: readonly TensorToWrite[]) => readonly TensorToWrite[]) {
  const path = join(folder, "model.gguf");
  writeGguf(path, { metadata: model.metadata, tensors: change(model.tensors) }, { force: true });
  const file = openGguf(path);
  return findWeights(file, readConfig(file.metadata));
}

function renamed(from: string, to: string) {
  return (tensors: readonly TensorToWrite[]) => tensors.map((t) => (t.name === from ? { ...t, name: to } : t));
}

test("every tensor finds its role", () => {
  const weights = find((tensors) => tensors);
  assert.equal(weights.layers.length, 2);
  assert.equal(weights.layers[1]?.feedForward[0].down.name, "blk.1.ffn_down.weight");
  assert.notEqual(weights.output, weights.tokenEmbedding);
  assert.equal(weights.ropeFactors, undefined);
});

test("biases are found with their matrices, where there are some, and their shapes are checked", () => {
  const { tensors } = fixtureModel({ biases: ["attention"] });
  const [layer] = find(() => tensors).layers;
  assert.equal(layer?.query.bias?.name, "blk.0.attn_q.bias");
  assert.deepEqual(layer?.key.bias?.dims, [32]);
  assert.equal(layer?.feedForward[0].gate.bias, undefined);
  const one = tensors.filter(({ name }) => !name.endsWith(".bias") || name === "blk.1.attn_v.bias");
  assert.deepEqual(
    find(() => one).layers.map(({ value }) => value.bias?.name),
    [undefined, "blk.1.attn_v.bias"],
  );
  const wide = tensors.map((t) => (t.name === "blk.0.attn_k.bias" ? { ...t, dims: [4, 8] } : t));
  assert.throws(() => find(() => wide), /blk\.0\.attn_k\.bias has the shape \[4, 8\]; expected \[32\]/);
});

test("the experts of a mixture are found as parts of one tensor, or as tensors of their own", () => {
  const shape = { experts: 3, expertsUsed: 2 };
  const findIn = (model: FixtureModel, tensors = model.tensors) => {
    const path = join(folder, "mixture.gguf");
    writeGguf(path, { metadata: model.metadata, tensors }, { force: true });
    const file = openGguf(path);
    return findWeights(file, readConfig(file.metadata));
  };
  const whole = fixtureModel(shape);
  const [layer] = findIn(whole).layers;
  const all = openGguf(join(folder, "mixture.gguf")).tensors.find(({ name }) => name === "blk.0.ffn_up_exps.weight");
  assert.deepEqual(layer?.router?.dims, [64, 3]);
  assert.deepEqual(
    layer?.feedForward.map(({ up }) => [up.dims, up.bytes, up.offset - (all?.offset ?? 0)]),
    [0, 1, 2].map((expert) => [[64, 96], 64 * 96 * 4, expert * 64 * 96 * 4]),
  );
  const apart = fixtureModel({ ...shape, isSplit: true });
  assert.deepEqual(
    findIn(apart).layers[1]?.feedForward.map(({ down }) => down.name),
    [0, 1, 2].map((expert) => `blk.1.ffn_down.${expert}.weight`),
  );
  const without = (model: FixtureModel, name: string) => model.tensors.filter((tensor) => tensor.name !== name);
  assert.throws(() => findIn(whole, without(whole, "blk.1.ffn_gate_inp.weight")), /ffn_gate_inp\.weight is missing/);
  const missing = /ffn_down_exps\.weight is missing; expected one of shape \[96, 64, 3\]/;
  assert.throws(() => findIn(whole, without(whole, "blk.0.ffn_down_exps.weight")), missing);
  assert.throws(() => findIn(apart, without(apart, "blk.0.ffn_down.2.weight")), missing);
  const four = fixtureModel({ ...shape, experts: 4, isSplit: true });
  const beyond = [...apart.tensors, ...four.tensors.filter(({ name }) => name === "blk.0.ffn_up.3.weight")];
  assert.throws(() => findIn(apart, beyond), /blk\.0\.ffn_up\.3\.weight is not part/);
  assert.throws(
    () => findIn(fixtureModel(), [...fixtureModel().tensors, ...beyond.slice(-1)]),
    /ffn_up\.3\.weight is not/,
  );
});

test("without an output matrix the embedding is the output", () => {
  const weights = find((tensors) => tensors.filter(({ name }) => name !== "output.weight"));
  assert.equal(weights.output, weights.tokenEmbedding);
});

test("a missing tensor is named with its shape", () => {
  assert.throws(
    () => find((tensors) => tensors.filter(({ name }) => name !== "blk.1.attn_k.weight")),
    /Tensor blk\.1\.attn_k\.weight is missing; expected one of shape \[64, 32\]\./,
  );
});

test("a wrong shape is named with what was found and expected", () => {
  const transposed = (tensors: readonly TensorToWrite[]) =>
    tensors.map((t) => (t.name === "blk.0.ffn_up.weight" ? { ...t, dims: t.dims.toReversed() } : t));
  assert.throws(() => find(transposed), /blk\.0\.ffn_up\.weight has the shape \[96, 64\]; expected \[64, 96\]\./);
});

test("trailing dimensions of 1 do not matter", () => {
  const padded = (tensors: readonly TensorToWrite[]) => tensors.map((t) => ({ ...t, dims: [...t.dims, 1] }));
  assert.equal(find(padded).layers.length, 2);
});

test("tensors that no Llama has are refused, for leaving them out would change the answers", () => {
  const extra = (name: string) => (tensors: readonly TensorToWrite[]) => [
    ...tensors,
    { ...(tensors[0] as TensorToWrite), name },
  ];
  assert.throws(() => find(extra("blk.0.attn_norm.bias")), /blk\.0\.attn_norm\.bias is not part/);
  assert.throws(() => find(extra("output.bias")), /output\.bias is not part/);
  assert.throws(() => find(extra("blk.999.attn_q.weight")), /blk\.999\.attn_q\.weight is not part/);
  assert.equal(find(extra("blk.0.attn_rot_embd.weight")).layers.length, 2);
});

test("a file without tensors is a vocabulary", () => {
  assert.throws(() => find(() => []), /holds a vocabulary only/);
});

test("norms may be floats of 16 bits, and nothing else", () => {
  for (const normType of ["F16", "BF16"]) {
    const { tensors } = fixtureModel({ normType });
    assert.equal(find(() => tensors).layers[0]?.attentionNorm.type.name, normType);
  }
  const { tensors } = fixtureModel({ normType: "Q8_0" });
  assert.throws(() => find(() => tensors), /attn_norm\.weight is of type Q8_0; expected one of F32, F16, BF16/);
  assert.throws(() => find(renamed("output_norm.weight", "norm.weight")), /output_norm\.weight is missing/);
});
