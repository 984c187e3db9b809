import assert from "node:assert/strict";
import { test } from "node:test";
import type { TensorType } from "#dist/gguf/format.js";
import { Formats } from "#dist/kernels/formats.js";
import { type KernelBuild, kernelsForSizes, runnableBuilds } from "#dist/kernels/load.js";
import { buildsInTurn } from "../../helpers/engine.js";
import { FORMATS, setScales } from "../cases.js";
import { Workspace } from "../workspace.js";
import {
  activationsFor,
  assertExact,
  assertProduct,
  columns,
  layDown,
  multiply,
  randomWeights,
  run,
} from "./operands.js";

const HALF_INFINITY = 0x7c00;
const HALF_NAN = 0x7e00;
/** For the formats whose 16 bits are a bfloat16 or the upper half of a float. */
const FLOAT_INFINITY = 0x7f80;
const FLOAT_NAN = 0x7fc0;
const formats = new Formats(kernelsForSizes());
const isPacked = (type: TensorType) => formats.of(type).packing !== undefined;

/** More than a tile has. */
const MOST_TOKENS = 35;

for (const build of runnableBuilds()) {
  const workspace = new Workspace(build, 4 << 20);
  const other = new Workspace(build, 4 << 20);

  for (const format of FORMATS.filter((_, index) => buildsInTurn(index).includes(build))) {
    const { name, blockSize } = format.type;
    const n = columns(format);
    const blocks = n / blockSize;

    test(`${build} ${name}: products of arbitrary blocks, and in a batch the very bits of one token alone`, () => {
      const shape = { rows: 17, n, tokens: 1 };
      const x = activationsFor(MOST_TOKENS * n, 1);
      const weights = randomWeights(format, shape, 3);
      workspace.reset();
      const all = layDown(workspace, format, weights, x, shape);
      const single = Array.from({ length: MOST_TOKENS }, (_, token) => {
        const values = x.subarray(token * n, (token + 1) * n);
        other.reset();
        const product = multiply(other, format, weights, values, shape);
        assertExact(format, product);
        return product.found;
      });
      for (const rows of [1, 3, 4, 5, 8, 9, 17]) {
        for (const tokens of [1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 14, 16, 32, 33, 35]) {
          const found = run(workspace, format, all, { rows, n, tokens });
          const alone = single.slice(0, tokens).flatMap((row) => [...row.subarray(0, rows)]);
          assert.deepEqual([...found], alone, `${rows} rows, ${tokens} tokens`);
        }
      }
      const large = { rows: 32, n: blockSize === 1 ? 480 : blockSize * 12, tokens: 1 };
      assertProduct(workspace, format, randomWeights(format, large), large, 1);
    });

    test(`${build} ${name}: any range of rows, and no other`, () => {
      const shape = { rows: 19, n, tokens: 3 };
      workspace.reset();
      const w = workspace.putMatrix(format.type, randomWeights(format, shape), shape.rows, n);
      const x = workspace.activations(format.type, activationsFor(shape.tokens * n, 6), n).address;
      const { matvec, matmul } = workspace.format(format.type);
      const tiles = workspace.tiles();
      const ranged = (from: number, to: number) => {
        const one = workspace.putFloats(new Float32Array(shape.rows).fill(-77));
        const many = workspace.putFloats(new Float32Array(shape.tokens * shape.rows).fill(-77));
        matvec(w, x, one, from, to, n, tiles);
        matmul(w, x, many, from, to, n, shape.tokens, shape.rows * 4, tiles);
        workspace.verify();
        return [...workspace.floats(one, shape.rows), ...workspace.floats(many, shape.tokens * shape.rows)];
      };
      const whole = ranged(0, shape.rows);
      for (const [from, to] of [
        [0, 8],
        [8, 19],
        [3, 17],
        [4, 12],
        [5, 7],
        [7, 7],
        [1, 19],
      ] as const) {
        const wanted = whole.map((value, i) => (i % shape.rows >= from && i % shape.rows < to ? value : -77));
        assert.deepEqual(ranged(from, to), wanted, `rows ${from} to ${to}`);
      }
    });

    test(`${build} ${name}: extreme blocks`, () => {
      const shape = { rows: 5, n, tokens: 4 };
      const zeros = new Uint8Array(randomWeights(format, shape).length);
      assertProduct(workspace, format, zeros, shape, 2);
      for (const fill of [0x00, 0xff, 0x80, 0x7f]) {
        for (const scale of [0x0001, 0x83ff, 0x0400, 0x3c00, 0xbbff]) {
          const weights = new Uint8Array(zeros.length).fill(fill);
          for (const at of format.scales) setScales(weights, { ...format, scales: [at] }, scale, 0, 5 * blocks);
          if (blockSize === 1 && fill !== 0) weights.fill(0x3f);
          for (const tokens of [1, 4]) assertProduct(workspace, format, weights, { ...shape, tokens }, fill + scale);
        }
      }
    });
  }

  for (const format of FORMATS.filter(({ type }) => !isPacked(type))) {
    const { name } = format.type;
    const n = columns(format);
    const blocks = n / format.type.blockSize;

    test(`${build} ${name}: infinite and NaN scales reach the output of their row, and no other`, () => {
      const isHalf = name !== "F32" && name !== "BF16";
      for (const scale of isHalf ? [HALF_INFINITY, HALF_NAN] : [FLOAT_INFINITY, FLOAT_NAN]) {
        for (const at of format.scales) {
          for (const tokens of [1, 3]) {
            const shape = { rows: 6, n, tokens };
            const weights = randomWeights(format, shape);
            setScales(weights, { ...format, scales: [at] }, scale, 2 * blocks, 2 * blocks + 1);
            const x = activationsFor(tokens * n, 3);
            workspace.reset();
            const { found } = multiply(workspace, format, weights, x, shape);
            for (const [i, value] of found.entries()) {
              assert.equal(Number.isFinite(value), i % 6 !== 2, `row ${i % 6} is ${value}`);
            }
          }
        }
      }
    });
  }

  test(`${build}: products at addresses above 2 GiB`, (context) => {
    let high: Workspace;
    try {
      high = new Workspace(build, 2 ** 31 + (4 << 20), 2 ** 31 + 65536);
    } catch {
      return context.skip("there is no room for a memory of 2 GiB");
    }
    for (const format of FORMATS) {
      for (const tokens of [1, 5]) {
        const shape = { rows: 5, n: columns(format), tokens };
        assertProduct(high, format, randomWeights(format, shape), shape, 4);
      }
    }
  });
}

test("all builds give the same products: wide and relaxed bit by bit, simd but for the rounding of sums", () => {
  for (const format of FORMATS) {
    for (const tokens of [1, 6]) {
      const shape = { rows: 7, n: columns(format), tokens };
      const weights = randomWeights(format, shape);
      const x = activationsFor(tokens * shape.n, 5);
      const product = (build: KernelBuild) => multiply(new Workspace(build, 4 << 20), format, weights, x, shape);
      const simd = product("simd");
      const relaxed = product("relaxed");
      for (const [i, value] of simd.found.entries()) {
        const difference = Math.abs((relaxed.found[i] ?? 0) - value);
        // Each build may be off by the tolerance, in opposite directions.
        const limit = 2 * format.tolerance * (simd.sizes[i] ?? 0);
        assert.ok(difference <= limit, `${format.type.name}: ${relaxed.found[i]} and ${value}`);
      }
      if (runnableBuilds().includes("wide")) assert.deepEqual(product("wide").found, relaxed.found, format.type.name);
    }
  }
});
