import assert from "node:assert/strict";
import { test } from "node:test";
import { type KernelBuild, runnableBuilds } from "#dist/kernels/load.js";
import { seededNormals } from "../../helpers/random.js";
import { Workspace } from "../workspace.js";

function quantize(build: KernelBuild, x: Float32Array) {
  const workspace = new Workspace(build, 1 << 20);
  const n = x.length;
  const out = workspace.allocate(workspace.kernels.q8RowBytes(n), 4);
  workspace.kernels.quantize_q8(workspace.putFloats(x), out, n);
  const blocks = workspace.q8Blocks(out, n);
  return { blocks, values: blocks.flatMap((block) => [...block.values]), scales: blocks.map((block) => block.scale) };
}

function sumOf(values: Int8Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

for (const build of runnableBuilds()) {
  test(`${build}: activations are rounded to the nearest of 255 levels of their block`, () => {
    const n = 96;
    const random = seededNormals(11);
    const x = Float32Array.from({ length: n }, (_, i) => random() * (i < 32 ? 1e-3 : 1e3));
    const { blocks, values, scales } = quantize(build, x);
    for (let i = 0; i < n; i++) {
      const scale = scales[i >> 5] ?? 0;
      const highest = Math.max(...x.subarray(i & ~31, (i & ~31) + 32).map(Math.abs));
      assert.equal(scale, Math.fround(highest / 127));
      assert.ok(Math.abs((values[i] ?? 0) * scale - (x[i] ?? 0)) <= scale * 0.5001);
    }
    for (const { values: own, sum, pairs } of blocks) {
      assert.equal(sum, sumOf(own));
      for (const [half, start] of [0, 16].entries()) {
        for (const pair of [0, 1]) {
          const wanted = 32 * sumOf(own.subarray(start, start + 16).filter((_, i) => (i & 2) >> 1 === pair));
          assert.equal(pairs[2 * half + pair], wanted);
        }
      }
    }
  });

  test(`${build}: a block of zeros has the scale zero`, () => {
    const [block] = quantize(build, new Float32Array(32)).blocks;
    assert.ok(block);
    assert.deepEqual([...block.values, ...block.pairs], new Array(36).fill(0));
    assert.deepEqual([block.scale, block.sum], [0, 0]);
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
