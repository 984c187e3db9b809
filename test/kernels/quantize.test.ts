import assert from "node:assert/strict";
import { test } from "node:test";
import { q8RowBytes } from "#dist/kernels/exports.js";
import { KERNEL_BUILDS, type KernelBuild } from "#dist/kernels/load.js";
import { seededNormals } from "../helpers/random.js";
import { Workspace } from "./workspace.js";

function quantize(build: KernelBuild, x: Float32Array) {
  const workspace = new Workspace(build, 1 << 20);
  const n = x.length;
  const out = workspace.allocate(q8RowBytes(n), 4);
  workspace.kernels.quantize_q8(workspace.putFloats(x), out, n);
  return {
    values: new Int8Array(workspace.bytes(out, n).buffer),
    scales: workspace.floats(out + n, n / 32),
    sums: workspace.floats(out + n + n / 8, n / 32),
    halfSums: workspace.floats(out + n + n / 4, n / 16),
  };
}

/** A sum of the values from `from` on, times their scale, correctly rounded but for the last bits. */
function sumOf(values: Int8Array, from: number, count: number, scale: number): number {
  return values.subarray(from, from + count).reduce((sum, value) => sum + value, 0) * scale;
}

for (const build of KERNEL_BUILDS) {
  test(`${build}: activations are rounded to the nearest of 255 levels of their block`, () => {
    const n = 96;
    const random = seededNormals(11);
    const x = Float32Array.from({ length: n }, (_, i) => random() * (i < 32 ? 1e-3 : 1e3));
    const { values, scales, sums, halfSums } = quantize(build, x);
    for (let i = 0; i < n; i++) {
      const scale = scales[i >> 5] ?? 0;
      const highest = Math.max(...x.subarray(i & ~31, (i & ~31) + 32).map(Math.abs));
      assert.equal(scale, Math.fround(highest / 127));
      assert.ok(Math.abs((values[i] ?? 0) * scale - (x[i] ?? 0)) <= scale * 0.5001);
    }
    for (let block = 0; block < n / 32; block++) {
      const scale = scales[block] ?? 0;
      assert.ok(Math.abs((sums[block] ?? 0) - sumOf(values, block * 32, 32, scale)) <= 1e-3 * scale);
    }
    for (let half = 0; half < n / 16; half++) {
      const scale = scales[half >> 1] ?? 0;
      assert.ok(Math.abs((halfSums[half] ?? 0) - sumOf(values, half * 16, 16, scale)) <= 1e-3 * scale);
    }
  });

  test(`${build}: a block of zeros has the scale zero`, () => {
    const { values, scales, sums, halfSums } = quantize(build, new Float32Array(32));
    assert.deepEqual([...values], new Array(32).fill(0));
    assert.deepEqual([...scales, ...sums, ...halfSums], [0, 0, 0, 0]);
  });

  test(`${build}: values never leave -127..127, however small or large their block`, () => {
    for (const size of [1e-45, 1e-40, 1.4e-36, 1.5e-36, 1e-30, 1, 1e30, 3.4e38]) {
      const { values, scales } = quantize(
        build,
        Float32Array.from({ length: 32 }, (_, i) => (i & 1 ? size : -size)),
      );
      assert.ok(values.every((value) => value >= -127 && value <= 127));
      const back = (values[1] ?? 0) * (scales[0] ?? 0);
      assert.ok(Math.abs(back - size) <= Math.max(size * 1e-6, 1.5e-36), `${size} became ${back}`);
    }
  });

  test(`${build}: NaN and infinity spoil the block they are in, and no other`, () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const x = new Float32Array(64).fill(1);
      x[7] = value;
      const { scales } = quantize(build, x);
      assert.equal(Number.isFinite(scales[0]), false);
      assert.equal(scales[1], Math.fround(1 / 127));
    }
  });
}
