import assert from "node:assert/strict";
import { test } from "node:test";
import { readTensorData } from "#dist/gguf/data.js";
import { toFloats } from "#dist/gguf/floats.js";
import { findTensorTypeByName } from "#dist/gguf/format.js";
import { openGguf } from "#dist/gguf/open.js";
import type { TensorInfo } from "#dist/gguf/tensors.js";
import { Formats } from "#dist/kernels/formats.js";
import { compileKernels, instantiateKernels } from "#dist/kernels/load.js";
import { encode } from "#dist/quantize/encode.js";
import { isWhole, spread } from "../helpers/long.js";
import { needsReference, referencePath } from "../helpers/reference.js";

const { module } = compileKernels();
const memory = new WebAssembly.Memory({ initial: 256, maximum: 65536, shared: true });
const kernels = instantiateKernels(module, memory);

function dequantise(tensor: Pick<TensorInfo, "type">, bytes: Uint8Array, count: number): Float32Array {
  const source = Math.ceil(kernels.heapBase() / 64) * 64;
  const target = source + Math.ceil(bytes.length / 64) * 64;
  new Uint8Array(memory.buffer, source).set(bytes);
  new Formats(kernels).of(tensor.type).dequantize(source, target, count);
  return new Float32Array(memory.buffer, target, count).slice();
}

function squaredError(found: Float32Array, wanted: Float32Array): number {
  return found.reduce((sum, value, i) => sum + (value - (wanted[i] ?? 0)) ** 2, 0);
}

/** Tensors of the reference file that have its type, each with its F32 original. */
function pairs(name: string, type: string): { quantised: TensorInfo; values: Float32Array }[] {
  const originals = new Map(openGguf(referencePath("quants", "synth256-F32.gguf")).tensors.map((t) => [t.name, t]));
  const found = openGguf(referencePath("quants", `synth256-${name}.gguf`)).tensors;
  return spread(
    found.filter((tensor) => tensor.type.name === type),
    5,
  ).map((quantised) => {
    const original = originals.get(quantised.name);
    assert.ok(original);
    return { quantised, values: toFloats(original.type, readTensorData(original)) };
  });
}

for (const name of ["Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "F16"]) {
  test(`${name} is quantised to the very bytes of ggml`, needsReference, () => {
    const found = pairs(name, name);
    assert.ok(found.length >= (isWhole ? 15 : 5));
    for (const { quantised, values } of found) {
      const bytes = encode(quantised.type, values);
      assert.ok(Buffer.from(bytes).equals(readTensorData(quantised)), quantised.name);
    }
  });
}

for (const [name, type] of [
  ["Q2_K", "Q2_K"],
  ["Q3_K_S", "Q3_K"],
  ["Q4_K_S", "Q4_K"],
  ["Q5_K_S", "Q5_K"],
  ["Q6_K", "Q6_K"],
] as const) {
  test(`${type} loses no more than ggml's, within a tenth`, needsReference, () => {
    let ours = 0;
    let theirs = 0;
    for (const { quantised, values } of pairs(name, type)) {
      ours += squaredError(dequantise(quantised, encode(quantised.type, values), values.length), values);
      theirs += squaredError(dequantise(quantised, readTensorData(quantised), values.length), values);
    }
    assert.ok(theirs > 0 && ours <= 1.1 * theirs, `${type}: ${ours / theirs} times`);
  });
}

test("blocks of zeros, of one value and of tiny values come back near what they were", () => {
  for (const name of ["Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"]) {
    const type = findTensorTypeByName(name);
    assert.ok(type);
    for (const value of [0, 1, -1, 1000, 1e-3]) {
      const values = new Float32Array(256).fill(value);
      const back = dequantise({ type }, encode(type, values), 256);
      for (const x of back) assert.ok(Math.abs(x - value) <= 0.04 * Math.abs(value), `${name}: ${x} for ${value}`);
    }
  }
});
