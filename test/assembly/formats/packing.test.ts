import assert from "node:assert/strict";
import { test } from "node:test";
import { type TensorType, tensorTypes } from "#dist/gguf/format.js";
import { Formats } from "#dist/kernels/formats.js";
import { kernelsForSizes } from "#dist/kernels/load.js";
import { FORMATS, setScales } from "../cases.js";
import { Workspace } from "../workspace.js";
import { randomWeights } from "./operands.js";

const HALF_INFINITY = 0x7c00;
const HALF_NAN = 0x7e00;
const formats = new Formats(kernelsForSizes());
const isPacked = (type: TensorType) => formats.of(type).packing !== undefined;

test("packing tells of infinite and NaN scales, in any row and block", () => {
  for (const format of FORMATS.filter(({ type }) => isPacked(type))) {
    const { type } = format;
    const shape = { rows: 10, n: 512, tokens: 1 };
    const blocks = shape.n / type.blockSize;
    const pack = (weights: Uint8Array) => {
      const workspace = new Workspace("simd", 4 << 20);
      return workspace.pack(type, weights, shape.rows, shape.n).areFinite;
    };
    assert.ok(pack(randomWeights(format, shape)), type.name);
    for (const scale of [HALF_INFINITY, HALF_NAN, HALF_INFINITY | 0x8000, 0x7c01]) {
      for (const at of format.scales) {
        for (const block of [0, 5 * blocks + 1, 10 * blocks - 1]) {
          const weights = randomWeights(format, shape);
          setScales(weights, { ...format, scales: [at] }, scale, block, block + 1);
          assert.ok(!pack(weights), `${type.name} ${scale} in block ${block}`);
        }
      }
    }
  }
});

test("packed rows come back as they were, and the last of a group that is not full is repeated", () => {
  for (const format of FORMATS.filter(({ type }) => isPacked(type))) {
    const { type } = format;
    const shape = { rows: 10, n: 512, tokens: 1 };
    const rowBytes = (shape.n / type.blockSize) * type.blockBytes;
    const weights = randomWeights(format, shape);
    const workspace = new Workspace("simd", 4 << 20);
    const w = workspace.putMatrix(type, weights, shape.rows, shape.n);
    const target = workspace.allocate(rowBytes);
    for (let row = 0; row < 16; row++) {
      workspace.format(type).packing?.unpack(w, row, target, shape.n);
      const start = Math.min(row, shape.rows - 1) * rowBytes;
      assert.deepEqual(workspace.bytes(target, rowBytes), weights.slice(start, start + rowBytes), type.name);
    }
  }
});

test("every tensor type has kernels, and the formats that store values one by one take activations as they are", () => {
  for (const type of tensorTypes()) {
    const { activation } = formats.of(type);
    assert.equal(activation, type.blockSize === 1 ? "f32" : "q8", type.name);
  }
});
