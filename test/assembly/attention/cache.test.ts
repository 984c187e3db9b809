import assert from "node:assert/strict";
import { test } from "node:test";
import { runnableBuilds } from "#dist/kernels/load.js";
import { assertNmse } from "../../helpers/tolerance.js";
import { Workspace } from "../workspace.js";
import { attend, INTEGER_NMSE, normals, readRow, storeRows } from "./operands.js";

for (const build of runnableBuilds()) {
  const workspace = new Workspace(build, 8 << 20);

  test(`${build}: rows of f16 are integers that share a scale, and no product of two rows leaves 32 bits`, () => {
    for (const headSize of [6, 64, 100, 256]) {
      const spike = new Float32Array(headSize);
      spike[headSize - 1] = -3;
      const alike = new Float32Array(headSize).fill(2.5);
      for (const factor of [1e-37, 1e-25, 1, 1e25, 1e37]) {
        for (const shape of [normals(7, headSize), spike, alike, new Float32Array(headSize)]) {
          workspace.reset();
          const x = shape.map((value) => value * factor);
          const bytes = workspace.cacheFormat("f16").rowBytes(headSize);
          const row = workspace.bytes(storeRows(workspace, "f16", x, headSize), bytes);
          const view = new DataView(row.buffer, row.byteOffset, bytes);
          const scale = view.getFloat32(bytes - 4, true);
          const length = Math.hypot(...x);
          const peak = Math.max(...x.map(Math.abs));
          const wanted = peak < 1e-30 ? 0 : Math.max(peak / 32767, length / 46000);
          assert.ok(Math.abs(scale - wanted) <= 1e-6 * wanted, `${scale} for ${wanted}`);
          let squares = 0;
          for (let at = 0; at < bytes - 4; at += 2) {
            const integer = view.getInt16(at, true);
            squares += integer ** 2;
            const distance = Math.abs(integer * scale - (x[at / 2] ?? 0));
            assert.ok(distance <= 0.501 * scale + 1e-30, `${integer * scale} for ${x[at / 2]}`);
          }
          assert.ok(squares < 2 ** 31);
        }
      }
    }
  });

  test(`${build}: the largest products and the largest sums of integers are right`, () => {
    for (const headSize of [64, 100]) {
      for (const heads of [1, 8]) {
        for (const shape of ["spike", "alike"]) {
          workspace.reset();
          const row = new Float32Array(headSize);
          if (shape === "spike") row[5] = 2;
          else row.fill(0.5);
          const rows = (count: number) =>
            Float32Array.from({ length: count * headSize }, (_, i) => row[i % headSize] ?? 0);
          const length = 300;
          const keys = ["f16", storeRows(workspace, "f16", rows(length), headSize)] as const;
          const values = ["f16", storeRows(workspace, "f16", rows(length), headSize)] as const;
          const found = attend(workspace, { tokens: 1, heads, headSize, length }, rows(heads), keys, values);
          assertNmse(found, rows(heads), INTEGER_NMSE);
        }
      }
    }
  });

  test(`${build}: q8_0 rows are what ggml would write, with scales of f32`, () => {
    for (const headSize of [64, 40, 6]) {
      workspace.reset();
      const x = normals(6, headSize, 3);
      const address = storeRows(workspace, "q8_0", x, headSize);
      const bytes = workspace.cacheFormat("q8_0").rowBytes(headSize);
      assert.equal(bytes, headSize + 4 * Math.ceil(headSize / 32));
      const found = readRow("q8_0", workspace.bytes(address, bytes), headSize);
      for (const [i, value] of found.entries()) {
        const block = x.subarray(i & ~31, Math.min((i & ~31) + 32, headSize));
        const scale = Math.max(...block.map(Math.abs)) / 127;
        assert.ok(Math.abs(value - (x[i] ?? 0)) <= scale * 0.501, `${value} for ${x[i]}, scale ${scale}`);
      }
    }
  });
}
