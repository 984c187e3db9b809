import assert from "node:assert/strict";
import { test } from "node:test";
import { openGguf } from "#dist/gguf/open.js";
import { bundledModelPath } from "#dist/index.js";
import { readConfig } from "#dist/model/config.js";
import {
  LAYER_TENSORS,
  layerTensorName,
  MODEL_TENSORS,
  modelTensorName,
  roleOf,
  tensorsOf,
} from "#dist/model/tensors.js";

test("a tensor's name says its role and its layer, and other names say none", () => {
  for (const role of Object.keys(LAYER_TENSORS) as (keyof typeof LAYER_TENSORS)[]) {
    assert.deepEqual(roleOf(layerTensorName(role, 17)), { role, layer: 17 });
  }
  for (const role of Object.keys(MODEL_TENSORS) as (keyof typeof MODEL_TENSORS)[]) {
    assert.deepEqual(roleOf(modelTensorName(role)), { role, layer: undefined });
  }
  assert.deepEqual(roleOf("blk.3.ffn_gate.7.weight"), { role: "gate", layer: 3 });
  for (const name of ["blk.3.attn_q.7.weight", "ffn_gate.7.weight", "blk.3.ffn_norm.0.weight"]) {
    assert.equal(roleOf(name), undefined, name);
  }
  for (const name of ["attn_q.weight", "blk.0.token_embd.weight", "blk.0.attn_q.bias", "blk.x.attn_q.weight", ""]) {
    assert.equal(roleOf(name), undefined, name);
  }
});

test("the tensors that a model must have are those of a file, in their names and shapes", () => {
  const file = openGguf(bundledModelPath);
  const tied = !file.tensors.some(({ name }) => name === "output.weight");
  const expected = tensorsOf({ ...readConfig(file.metadata), tied });
  const shapes = (tensors: readonly { name: string; dims: readonly number[] }[]) =>
    tensors.map(({ name, dims }) => `${name} ${dims.join(" x ")}`).sort();
  assert.deepEqual(shapes(file.tensors), shapes(expected));
});
