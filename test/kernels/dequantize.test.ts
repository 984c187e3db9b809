import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { readTensorData } from "#dist/gguf/data.js";
import { openGguf } from "#dist/gguf/open.js";
import { formatKernels } from "#dist/kernels/exports.js";
import { compileKernels, instantiateKernels, KERNEL_BUILDS } from "#dist/kernels/load.js";
import { needsReference, readReference, referencePath } from "../helpers/reference.js";

interface Dequantised {
  readonly type: string;
  readonly file: string;
  readonly tensor: string;
  readonly sha256_of_all_values_as_f32_le: string;
}

const { types } = needsReference.skip
  ? { types: [] }
  : readReference<{ types: Dequantised[] }>("quants", "dequant.json");

for (const build of KERNEL_BUILDS) {
  const { module } = compileKernels(build);
  for (const wanted of types) {
    test(`${wanted.type} is dequantised to the very bits of ggml: ${build}`, needsReference, () => {
      const tensor = openGguf(referencePath("quants", wanted.file)).tensors.find((t) => t.name === wanted.tensor);
      assert.ok(tensor);
      const count = tensor.dims.reduce((product, dim) => product * dim, 1);
      const memory = new WebAssembly.Memory({ initial: 256, maximum: 65536, shared: true });
      const kernels = instantiateKernels(module, memory);
      const source = Math.ceil(kernels.heapBase() / 64) * 64;
      const target = source + Math.ceil(tensor.bytes / 64) * 64;
      new Uint8Array(memory.buffer, source).set(readTensorData(tensor));
      formatKernels(kernels, tensor.type).dequantize(source, target, count);
      const floats = new Float32Array(memory.buffer, target, count).slice();
      const hash = createHash("sha256").update(new Uint8Array(floats.buffer)).digest("hex");
      assert.equal(hash, wanted.sha256_of_all_values_as_f32_le);
    });
  }
}
