import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { LlamaError } from "#dist/errors.js";
import { readTensorData } from "#dist/gguf/data.js";
import { findTensorTypeByName } from "#dist/gguf/format.js";
import type { MetadataEntry } from "#dist/gguf/metadata.js";
import { openGguf } from "#dist/gguf/open.js";
import { writeGguf } from "#dist/gguf/writer.js";
import { fixtureModel, writeFixture } from "../helpers/model-fixture.js";
import { needsReference, referencePath } from "../helpers/reference.js";
import { temporaryFolder } from "../helpers/temporary.js";

const folder = temporaryFolder();

const EVERY_TYPE: readonly (readonly [string, MetadataEntry])[] = [
  ["u8", { type: "u8", value: 200 }],
  ["i8", { type: "i8", value: -100 }],
  ["u16", { type: "u16", value: 60000 }],
  ["i16", { type: "i16", value: -30000 }],
  ["u32", { type: "u32", value: 4000000000 }],
  ["i32", { type: "i32", value: -2000000000 }],
  ["f32", { type: "f32", value: Math.fround(0.1) }],
  ["bool", { type: "bool", value: true }],
  ["string", { type: "string", value: "Grüße \u0000 😀" }],
  ["u64", { type: "u64", value: 2n ** 60n }],
  ["i64", { type: "i64", value: -(2n ** 60n) }],
  ["f64", { type: "f64", value: 0.1 }],
  ["strings", { type: "array", elementType: "string", value: ["", "a", "ß"] }],
  ["bools", { type: "array", elementType: "bool", value: Uint8Array.of(1, 0) }],
  ["floats", { type: "array", elementType: "f32", value: Float32Array.of(1.5, -2) }],
  ["longs", { type: "array", elementType: "u64", value: BigUint64Array.of(1n, 2n ** 63n) }],
  ["none", { type: "array", elementType: "i32", value: new Int32Array() }],
];

test("what is written is read back, of every type", () => {
  const path = join(folder, "types.gguf");
  const type = findTensorTypeByName("F32");
  assert.ok(type);
  const data = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5).buffer);
  const tensors = [
    { name: "odd", type, dims: [5], data },
    { name: "later", type, dims: [2, 2], data: () => data.subarray(4) },
  ];
  writeGguf(path, { metadata: EVERY_TYPE, tensors });
  const file = openGguf(path);
  const read = Array.from(file.metadata, ([key, { type, elementType, value }]) => [
    key,
    elementType === undefined ? { type, value } : { type, elementType, value },
  ]);
  assert.deepEqual(read, EVERY_TYPE);
  writeGguf(join(folder, "again.gguf"), { metadata: file.metadata, tensors });
  assert.deepEqual(readFileSync(join(folder, "again.gguf")), readFileSync(path));
  assert.deepEqual(
    file.tensors.map(({ name, dims, bytes }) => ({ name, dims, bytes })),
    [
      { name: "odd", dims: [5], bytes: 20 },
      { name: "later", dims: [2, 2], bytes: 16 },
    ],
  );
  assert.deepEqual(file.tensors.map(readTensorData), [data, data.slice(4)]);
  for (const { offset } of file.tensors) assert.equal(offset % 32, 0);
});

test("a failed write leaves neither the file nor a part of it", () => {
  const path = join(folder, "failed.gguf");
  const type = findTensorTypeByName("F32");
  assert.ok(type);
  const failing = () => {
    throw new Error("no more");
  };
  const write = () => writeGguf(path, { metadata: [], tensors: [{ name: "a", type, dims: [4], data: failing }] });
  assert.throws(write, /no more/);
  assert.throws(() => openGguf(path), /There is no file/);
});

test("metadata getters say what was found and what was expected", () => {
  const path = join(folder, "model.gguf");
  writeFixture(path, fixtureModel());
  const { metadata } = openGguf(path);
  assert.equal(metadata.getString("general.architecture"), "llama");
  assert.equal(metadata.getInteger("llama.block_count"), 2);
  assert.equal(metadata.getNumber("llama.attention.layer_norm_rms_epsilon"), Math.fround(1e-5));
  assert.equal(metadata.findBoolean("absent"), undefined);
  assert.throws(() => metadata.getInteger("absent"), /absent is missing; expected a whole number/);
  assert.throws(
    () => metadata.getInteger("general.architecture"),
    (error: unknown) =>
      error instanceof LlamaError &&
      error.code === "model" &&
      error.message === 'Metadata key general.architecture is "llama" (string); expected a whole number.',
  );
  assert.throws(() => metadata.findStrings("tokenizer.ggml.scores"), /an array of f32; expected an array of strings/);
  assert.equal(metadata.findNumbers("tokenizer.ggml.token_type")?.[1], 3);
});

test("a version 2 file with an alignment of 64 is read", needsReference, () => {
  const file = openGguf(referencePath("rope", "k-legacy-forms-F32.gguf"));
  assert.equal(file.version, 2);
  for (const { offset } of file.tensors) assert.equal(offset % 64, 0);
});

test("tensor data lies where the table says", needsReference, () => {
  const path = referencePath("stories260K", "stories260K-F32.gguf");
  const file = openGguf(path);
  const last = file.tensors.at(-1);
  assert.ok(last);
  assert.equal(file.size, readFileSync(path).length);
  assert.ok(last.offset + last.bytes <= file.size && file.size - last.offset - last.bytes < 32);
});
