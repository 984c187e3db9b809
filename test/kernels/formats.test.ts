/// <reference path="../../src/kernels/webassembly.d.ts" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { type TensorType, tensorTypes } from "#dist/gguf/format.js";
import { Formats } from "#dist/kernels/formats.js";
import { type KernelBuild, kernelsForSizes, runnableBuilds } from "#dist/kernels/load.js";
import { seededNormals } from "../helpers/random.js";
import { FORMATS, type FormatCase, halfToNumber, patternBlocks, setScales } from "./cases.js";
import { Workspace } from "./workspace.js";

const HALF_INFINITY = 0x7c00;
const HALF_NAN = 0x7e00;
/** For the formats whose 16 bits are a bfloat16 or the upper half of a float. */
const FLOAT_INFINITY = 0x7f80;
const FLOAT_NAN = 0x7fc0;
const formats = new Formats(kernelsForSizes());
const isPacked = (type: TensorType) => formats.of(type).packing !== undefined;

interface Product {
  readonly rows: number;
  readonly n: number;
  readonly tokens: number;
}

/** A length that leaves a tail in the kernels of dense formats, and none in the others. */
function columns({ type }: FormatCase): number {
  return type.blockSize === 1 ? 333 : 512;
}

function activationsFor(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, seededNormals(seed));
}

/** |d| of a block; nothing for formats without blocks. */
function blockScale({ type, scales }: FormatCase, weights: Uint8Array, block: number): number {
  if (type.blockSize === 1) return 0;
  const at = block * type.blockBytes + (scales[0] ?? 0);
  return Math.abs(halfToNumber((weights[at] ?? 0) | ((weights[at + 1] ?? 0) << 8)));
}

/**
 * W @ X by the kernels, and the largest error against the same product in float64, of exactly the dequantised weights
 * and the rounded activations; {@link FormatCase} says relative to what.
 */
function multiply(workspace: Workspace, format: FormatCase, weights: Uint8Array, x: Float32Array, shape: Product) {
  const { type } = format;
  const { rows, n, tokens } = shape;
  const exactWeights = workspace.dequantize(type, workspace.put(weights), rows * n);
  const w = workspace.putMatrix(type, weights, rows, n);
  const input = workspace.activations(type, x, n);
  // Two more floats a token than there are rows: what lies between must stay as it is.
  const stride = rows + 2;
  const out = workspace.putFloats(new Float32Array(tokens * stride).fill(-77));
  const { matvec, matmul } = workspace.format(type);
  const tiles = workspace.tiles();
  if (tokens === 1) matvec(w, input.address, out, 0, rows, n, tiles);
  else matmul(w, input.address, out, 0, rows, n, tokens, stride * 4, tiles);
  const found = workspace.floats(out, tokens * stride);

  let error = 0;
  const result: number[] = [];
  /** What the tolerance is relative to. */
  const sizes: number[] = [];
  const span = Math.min(n, Math.max(type.blockSize, 1));
  for (let token = 0; token < tokens; token++) {
    for (let row = 0; row < rows; row++) {
      let exact = 0;
      let size = 0;
      for (let start = 0; start < n; start += span) {
        let highest = blockScale(format, weights, (row * n + start) / type.blockSize);
        let sum = 0;
        for (let i = start; i < start + span; i++) {
          const weight = exactWeights[row * n + i] ?? 0;
          const value = input.values[token * n + i] ?? 0;
          exact += weight * value;
          highest = Math.max(highest, Math.abs(weight));
          sum += Math.abs(value);
        }
        size += highest * sum;
      }
      const value = found[token * stride + row] ?? 0;
      result.push(value);
      sizes.push(size);
      const difference = Math.abs(value - exact);
      if (size === 0) assert.equal(difference, 0, `${type.name}: a product of zeros is ${value}`);
      else if (!(difference / size <= error)) error = difference / size;
    }
    assert.deepEqual(
      [...found.slice(token * stride + rows, (token + 1) * stride)],
      [-77, -77],
      "written past the rows",
    );
  }
  return { result, sizes, error };
}

function assertProduct(build: KernelBuild, format: FormatCase, weights: Uint8Array, shape: Product, seed: number) {
  const workspace = new Workspace(build, 4 << 20);
  const x = activationsFor(shape.tokens * shape.n, seed);
  const { error } = multiply(workspace, format, weights, x, shape);
  const { rows, tokens } = shape;
  assert.ok(error <= format.tolerance, `${format.type.name} ${rows} rows, ${tokens} tokens: error ${error}`);
}

/** `rows` rows of arbitrary blocks. */
function randomWeights(format: FormatCase, { rows, n }: Product, skip = 0): Uint8Array {
  const { type } = format;
  const rowBytes = (n / type.blockSize) * type.blockBytes;
  const pattern = patternBlocks(format);
  const start = skip * type.blockBytes;
  assert.ok(start + rows * rowBytes <= pattern.length);
  return pattern.slice(start, start + rows * rowBytes);
}

for (const build of runnableBuilds()) {
  for (const format of FORMATS) {
    const { name, blockSize } = format.type;
    const n = columns(format);
    const blocks = n / blockSize;

    test(`${build} ${name}: products of arbitrary blocks, any number of rows and tokens`, () => {
      for (const rows of [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17]) {
        for (let tokens = 1; tokens <= 9; tokens++) {
          const shape = { rows, n, tokens };
          assertProduct(build, format, randomWeights(format, shape, rows + tokens), shape, rows * 16 + tokens);
        }
      }
      const large = { rows: 32, n: blockSize === 1 ? 480 : blockSize * 12, tokens: 1 };
      assertProduct(build, format, randomWeights(format, large), large, 1);
    });

    test(`${build} ${name}: any range of rows, and no other`, () => {
      const shape = { rows: 19, n, tokens: 3 };
      const workspace = new Workspace(build, 4 << 20);
      const w = workspace.putMatrix(format.type, randomWeights(format, shape), shape.rows, n);
      const x = workspace.activations(format.type, activationsFor(shape.tokens * n, 6), n).address;
      const { matvec, matmul } = workspace.format(format.type);
      const tiles = workspace.tiles();
      const run = (from: number, to: number) => {
        const one = workspace.putFloats(new Float32Array(shape.rows).fill(-77));
        const many = workspace.putFloats(new Float32Array(shape.tokens * shape.rows).fill(-77));
        matvec(w, x, one, from, to, n, tiles);
        matmul(w, x, many, from, to, n, shape.tokens, shape.rows * 4, tiles);
        return [...workspace.floats(one, shape.rows), ...workspace.floats(many, shape.tokens * shape.rows)];
      };
      const whole = run(0, shape.rows);
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
        assert.deepEqual(run(from, to), wanted, `rows ${from} to ${to}`);
      }
    });

    test(`${build} ${name}: extreme blocks`, () => {
      const shape = { rows: 5, n, tokens: 4 };
      const zeros = new Uint8Array(randomWeights(format, shape).length);
      assertProduct(build, format, zeros, shape, 2);
      for (const fill of [0x00, 0xff, 0x80, 0x7f]) {
        for (const scale of [0x0001, 0x83ff, 0x0400, 0x3c00, 0xbbff]) {
          const weights = new Uint8Array(zeros.length).fill(fill);
          for (const at of format.scales) setScales(weights, { ...format, scales: [at] }, scale, 0, 5 * blocks);
          if (blockSize === 1 && fill !== 0) weights.fill(0x3f);
          for (const tokens of [1, 4]) assertProduct(build, format, weights, { ...shape, tokens }, fill + scale);
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
            const { result } = multiply(new Workspace(build, 4 << 20), format, weights, x, shape);
            for (const [i, value] of result.entries()) {
              assert.equal(Number.isFinite(value), i % 6 !== 2, `row ${i % 6} is ${value}`);
            }
          }
        }
      }
    });
  }

  test(`${build}: products at addresses above 2 GiB`, (context) => {
    for (const format of FORMATS) {
      let workspace: Workspace;
      try {
        workspace = new Workspace(build, 2 ** 31 + (4 << 20), 2 ** 31 + 65536);
      } catch {
        return context.skip("there is no room for a memory of 2 GiB");
      }
      for (const tokens of [1, 5]) {
        const shape = { rows: 5, n: columns(format), tokens };
        const x = activationsFor(tokens * shape.n, 4);
        const { error } = multiply(workspace, format, randomWeights(format, shape), x, shape);
        assert.ok(error <= format.tolerance, `${format.type.name}: error ${error}`);
      }
    }
  });
}

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

test("all builds give the same products: wide and relaxed bit by bit, simd but for the rounding of sums", () => {
  for (const format of FORMATS) {
    for (const tokens of [1, 6]) {
      const shape = { rows: 7, n: columns(format), tokens };
      const weights = randomWeights(format, shape);
      const x = activationsFor(tokens * shape.n, 5);
      const product = (build: KernelBuild) => multiply(new Workspace(build, 4 << 20), format, weights, x, shape);
      const simd = product("simd");
      const relaxed = product("relaxed");
      for (const [i, value] of simd.result.entries()) {
        const difference = Math.abs((relaxed.result[i] ?? 0) - value);
        // Each build may be off by the tolerance, in opposite directions.
        const limit = 2 * format.tolerance * (simd.sizes[i] ?? 0);
        assert.ok(difference <= limit, `${format.type.name}: ${relaxed.result[i]} and ${value}`);
      }
      if (runnableBuilds().includes("wide")) assert.deepEqual(product("wide").result, relaxed.result, format.type.name);
    }
  }
});
