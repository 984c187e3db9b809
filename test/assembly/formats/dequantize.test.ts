import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { findTensorTypeByName, tensorBytes, tensorTypes } from "#dist/gguf/format.js";
import { runnableBuilds } from "#dist/kernels/load.js";
import { needsReference, readReference, referencePath } from "../../helpers/reference.js";
import { FORMATS, patternBlocks, patternCount } from "../cases.js";
import { Workspace } from "../workspace.js";

interface DequantReference {
  readonly types: readonly {
    readonly type: string;
    readonly ggml_type_id: number;
    readonly block_size: number;
    readonly block_bytes: number;
    readonly file: string;
    readonly ne: readonly [number, number];
    readonly data_offset_in_file: number;
    readonly sha256_of_all_values_as_f32_le: string;
    readonly first256: readonly number[];
    readonly last256: readonly number[];
  }[];
}

function sha256(values: Float32Array): string {
  return createHash("sha256").update(new Uint8Array(values.buffer)).digest("hex");
}

test("every tensor type has a test row", () => {
  const tested = FORMATS.map(({ type }) => type.name).sort();
  const known = tensorTypes()
    .map(({ name }) => name)
    .sort();
  assert.deepEqual(tested, known);
});

for (const build of runnableBuilds()) {
  test(`${build}: every dequantiser gives gguf-py's values for arbitrary bytes`, () => {
    for (const format of FORMATS) {
      const workspace = new Workspace(build, 4 << 20);
      const values = workspace.dequantize(format.type, workspace.put(patternBlocks(format)), patternCount(format.type));
      // The sign of a zero is nobody's concern.
      assert.equal(sha256(values.map((value) => value + 0)), format.digest, format.type.name);
    }
  });

  test(`${build}: every dequantiser gives ggml's values, bit by bit`, needsReference, () => {
    for (const expected of readReference<DequantReference>("quants", "dequant.json").types) {
      const type = findTensorTypeByName(expected.type);
      assert.ok(type, expected.type);
      assert.equal(type.id, expected.ggml_type_id);
      assert.equal(type.blockSize, expected.block_size);
      assert.equal(type.blockBytes, expected.block_bytes);
      const count = expected.ne[0] * expected.ne[1];
      const start = expected.data_offset_in_file;
      const source = readFileSync(referencePath("quants", expected.file));
      const workspace = new Workspace(build, 4 << 20);
      const address = workspace.put(source.subarray(start, start + tensorBytes(type, count)));
      const values = workspace.dequantize(type, address, count);
      assert.deepEqual(values.slice(0, 256), Float32Array.from(expected.first256), expected.type);
      assert.deepEqual(values.slice(-256), Float32Array.from(expected.last256), expected.type);
      assert.equal(sha256(values), expected.sha256_of_all_values_as_f32_le, expected.type);
    }
  });
}
