import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findTensorTypeByName, type TensorType } from "#dist/gguf/format.js";
import { openGguf } from "#dist/gguf/open.js";
import { encode, OutOfRange } from "#dist/quantize/encode.js";
import { quantizeFile } from "#dist/quantize/quantize-file.js";
import { fixtureModel, writeFixture } from "../helpers/model-fixture.js";
import { sentence } from "../helpers/sentence.js";
import { temporaryFolder } from "../helpers/temporary.js";

const folder = temporaryFolder();
const DIM = 256;

/** A model of which one value of one tensor is another: its bytes, in the tensor's type. */
function damaged(type: string, tensor: string, index: number, value: Uint8Array): string {
  const path = join(folder, "model.gguf");
  const shape = { type, dim: DIM, hiddenDim: DIM, heads: 4, kvHeads: 4, headSize: 64, layers: 1 };
  writeFixture(path, fixtureModel(shape));
  const file = readFileSync(path);
  const info = openGguf(path).tensors.find(({ name }) => name === tensor);
  assert.ok(info);
  file.set(value, info.offset + index * info.type.blockBytes);
  writeFileSync(path, file);
  return path;
}

const f32 = (value: number) => new Uint8Array(Float32Array.of(value).buffer);
const u16 = (bits: number) => new Uint8Array(Uint16Array.of(bits).buffer);
const TARGETS = ["F16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K_M", "Q4_K_M", "Q5_K_M", "Q6_K"];
const MATRIX = "blk.0.attn_q.weight";

async function refused(path: string, type: string, says: RegExp): Promise<void> {
  const output = join(folder, "out.gguf");
  await assert.rejects(quantizeFile(path, output, type), sentence("numeric", says), type);
  assert.deepEqual(readdirSync(folder), ["model.gguf"]);
}

test("NaN and infinity are refused with tensor and row in every type, and nothing is written", async () => {
  for (const [value, name] of [
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "infinity"],
    [Number.NEGATIVE_INFINITY, "infinity"],
  ] as const) {
    const path = damaged("F32", MATRIX, 7 * DIM + 3, f32(value));
    const says = new RegExp(`^Tensor blk\\.0\\.attn_q\\.weight has ${name} in row 8 of 256; the weights are damaged`);
    for (const type of TARGETS) await refused(path, type, says);
  }
});

test("values beyond the range of a type are refused with tensor, row and value", async () => {
  for (const value of [1e10, -1e10, 3e38]) {
    const path = damaged("F32", MATRIX, 9 * DIM - 1, f32(value));
    for (const type of TARGETS) {
      await refused(
        path,
        type,
        /^Tensor blk\.0\.attn_q\.weight has the value -?\d.* in row 9 of 256; that is beyond the range of \w+/,
      );
    }
  }
});

test("halves and bfloats that are not finite are refused, and norms that are only copied", async () => {
  await refused(damaged("F16", MATRIX, 0, u16(0x7e00)), "Q8_0", /attn_q\.weight has NaN in row 1 of 256/);
  await refused(damaged("F16", MATRIX, 0, u16(0xfc00)), "F16", /attn_q\.weight has infinity in row 1 of 256/);
  await refused(damaged("BF16", MATRIX, DIM, u16(0x7fc0)), "Q4_0", /attn_q\.weight has NaN in row 2 of 256/);
  await refused(
    damaged("F32", "blk.0.attn_norm.weight", 5, f32(Number.NaN)),
    "Q8_0",
    /attn_norm\.weight has NaN in row 1 of 1/,
  );
});

test("the largest values of a type are encoded, and the next are not", () => {
  const type = (name: string) => findTensorTypeByName(name) as TensorType;
  const block = (name: string, value: number) => {
    const values = new Float32Array(type(name).blockSize);
    values[0] = value;
    return values;
  };
  for (const [name, least] of [
    ["F16", 65520],
    ["Q8_0", 65520 * 127],
    ["Q4_0", 65520 * 8],
    ["Q5_0", 65520 * 16],
    ["Q4_1", 65520 * 15],
    ["Q5_1", 65520 * 31],
  ] as const) {
    encode(type(name), block(name, least * 0.9999));
    assert.throws(() => encode(type(name), block(name, least * 1.0001)), OutOfRange, name);
  }
});
