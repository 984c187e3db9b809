/// <reference path="../../../src/kernels/webassembly.d.ts" />
/** Products by the kernels, and the same in float64. */
import assert from "node:assert/strict";
import { seededNormals } from "../../helpers/random.js";
import { type FormatCase, halfToNumber, patternBlocks } from "../cases.js";
import type { Workspace } from "../workspace.js";

export interface Product {
  readonly rows: number;
  readonly n: number;
  readonly tokens: number;
}

/** A length that leaves a tail in the kernels of dense formats, and none in the others. */
export function columns({ type }: FormatCase): number {
  return type.blockSize === 1 ? 333 : 512;
}

export function activationsFor(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, seededNormals(seed));
}

/** |d| of a block; nothing for formats without blocks. */
export function blockScale({ type, scales }: FormatCase, weights: Uint8Array, block: number): number {
  if (type.blockSize === 1) return 0;
  const at = block * type.blockBytes + (scales[0] ?? 0);
  return Math.abs(halfToNumber((weights[at] ?? 0) | ((weights[at + 1] ?? 0) << 8)));
}

/**
 * A product by the kernels, (tokens, rows), and beside each value the same in float64, with what its tolerance is
 * relative to.
 */
export interface Multiplied {
  readonly shape: Product;
  readonly found: Float32Array;
  readonly exact: Float64Array;
  readonly sizes: Float64Array;
}

/**
 * Operands laid down for the kernels, and what they are exactly: the dequantised weights and the rounded activations.
 */
export interface Operands {
  readonly w: number;
  readonly x: number;
  readonly weights: Float32Array;
  readonly values: Float64Array;
}

export function layDown(
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
export function run(
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

export function multiply(
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

export function assertExact({ type, tolerance }: FormatCase, { shape, found, exact, sizes }: Multiplied): void {
  for (const [i, value] of found.entries()) {
    const difference = Math.abs(value - (exact[i] ?? 0));
    const what = `${type.name}, ${shape.rows} rows, ${shape.tokens} tokens: ${value} for ${exact[i]}`;
    assert.ok(difference <= tolerance * (sizes[i] ?? 0), what);
  }
}

export function assertProduct(
  workspace: Workspace,
  format: FormatCase,
  weights: Uint8Array,
  shape: Product,
  seed: number,
) {
  workspace.reset();
  const x = activationsFor(shape.tokens * shape.n, seed);
  assertExact(format, multiply(workspace, format, weights, x, shape));
}

/** `rows` rows of arbitrary blocks. */
export function randomWeights(format: FormatCase, { rows, n }: Product, skip = 0): Uint8Array {
  const { type } = format;
  const rowBytes = (n / type.blockSize) * type.blockBytes;
  const pattern = patternBlocks(format);
  const start = skip * type.blockBytes;
  assert.ok(start + rows * rowBytes <= pattern.length);
  return pattern.slice(start, start + rows * rowBytes);
}
