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
 * A product by the kernels, (tokens, rows), and beside each value the same in float64, with what its tolerance is
 * relative to.
 */
interface Multiplied {
  readonly shape: Product;
  readonly found: Float32Array;
  readonly exact: Float64Array;
  readonly sizes: Float64Array;
}

/**
 * Operands laid down for the kernels, and what they are exactly: the dequantised weights and the rounded activations.
 */
interface Operands {
  readonly w: number;
  readonly x: number;
  readonly weights: Float32Array;
  readonly values: Float64Array;
}

function layDown(
  workspace: Workspace,
  { type }: FormatCase,
  bytes: Uint8Array,
  x: Float32Array,
  shape: Product,
): Operands {
  const { rows, n } = shape;
  const weights = workspace.dequantize(type, workspace.put(bytes), rows * n);
  const { address, values } = workspace.activations(type, x, n);
  return { w: workspace.putMatrix(type, bytes, rows, n), x: address, weights, values };
}

/** The first rows and tokens of W @ X, by matvec where there is one token; nothing else may be written. */
function run(
  workspace: Workspace,
  { type }: FormatCase,
  { w, x }: Operands,
  { rows, n, tokens }: Product,
): Float32Array {
  // Two more floats a token than there are rows: what lies between must stay as it is.
  const stride = rows + 2;
  const out = workspace.putFloats(new Float32Array(tokens * stride).fill(-77));
  const { matvec, matmul } = workspace.format(type);
  const tiles = workspace.tiles();
  if (tokens === 1) matvec(w, x, out, 0, rows, n, tiles);
  else matmul(w, x, out, 0, rows, n, tokens, stride * 4, tiles);
  workspace.verify();
  const found = workspace.floats(out, tokens * stride);
  for (let token = 0; token < tokens; token++) {
    const between = found.subarray(token * stride + rows, (token + 1) * stride);
    assert.ok(between[0] === -77 && between[1] === -77, "written past the rows");
  }
  return found.filter((_, i) => i % stride < rows);
}

function multiply(
  workspace: Workspace,
  format: FormatCase,
  bytes: Uint8Array,
  x: Float32Array,
  shape: Product,
): Multiplied & { readonly operands: Operands } {
  const { rows, n, tokens } = shape;
  const operands = layDown(workspace, format, bytes, x, shape);
  const { weights, values } = operands;
  const exact = new Float64Array(tokens * rows);
  const sizes = new Float64Array(tokens * rows);
  const span = Math.min(n, Math.max(format.type.blockSize, 1));
  for (let token = 0; token < tokens; token++) {
    for (let row = 0; row < rows; row++) {
      const at = token * rows + row;
      for (let start = 0; start < n; start += span) {
        let highest = blockScale(format, bytes, (row * n + start) / format.type.blockSize);
        let sum = 0;
        let product = 0;
        for (let i = start; i < start + span; i++) {
          const weight = weights[row * n + i] ?? 0;
          const value = values[token * n + i] ?? 0;
          product += weight * value;
          highest = Math.max(highest, Math.abs(weight));
          sum += Math.abs(value);
        }
        exact[at] = (exact[at] ?? 0) + product;
        sizes[at] = (sizes[at] ?? 0) + highest * sum;
      }
    }
  }
  return { shape, found: run(workspace, format, operands, shape), exact, sizes, operands };
}

function assertExact({ type, tolerance }: FormatCase, { shape, found, exact, sizes }: Multiplied): void {
  for (const [i, value] of found.entries()) {
    const difference = Math.abs(value - (exact[i] ?? 0));
    const what = `${type.name}, ${shape.rows} rows, ${shape.tokens} tokens: ${value} for ${exact[i]}`;
    assert.ok(difference <= tolerance * (sizes[i] ?? 0), what);
  }
}

function assertProduct(workspace: Workspace, format: FormatCase, weights: Uint8Array, shape: Product, seed: number) {
  workspace.reset();
  const x = activationsFor(shape.tokens * shape.n, seed);
  assertExact(format, multiply(workspace, format, weights, x, shape));
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

/** More than a tile has. */
const MOST_TOKENS = 35;

for (const build of runnableBuilds()) {
  const workspace = new Workspace(build, 4 << 20);
  const other = new Workspace(build, 4 << 20);

  for (const format of FORMATS) {
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
        for (const tokens of [1, 2, 3, 4, 5, 7, 8, 9, 32, 33, 35]) {
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
