import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_WINDOW } from "#dist/kernels/attention.js";
import { CACHE_TYPES, type CacheType } from "#dist/kernels/cache-types.js";
import { runnableBuilds } from "#dist/kernels/load.js";
import { seededNormals } from "../helpers/random.js";
import { assertNmse } from "../helpers/tolerance.js";
import { Workspace } from "./workspace.js";

/** Single precision in any order of additions, against float64. */
const ROUNDING_NMSE = 1e-12;
/** Queries, and weights beside values of f16, as 16-bit integers; the same rows as IEEE halves would add 5e-7. */
const INTEGER_NMSE = 1e-7;

interface Shape {
  readonly tokens: number;
  readonly heads: number;
  readonly headSize: number;
  /** Positions that the first token sees. */
  readonly length: number;
  /** Positions that a token sees at most. */
  readonly window?: number;
  /** Rows of the cache, where the oldest positions are written over. */
  readonly rows?: number;
}

function normals(seed: number, count: number, factor = 1): Float32Array {
  const random = seededNormals(seed);
  return Float32Array.from({ length: count }, () => random() * factor);
}

/** Stores rows through the kernels. */
function storeRows(workspace: Workspace, type: CacheType, rows: Float32Array, headSize: number): number {
  const format = workspace.cacheFormat(type);
  const rowBytes = format.rowBytes(headSize);
  const count = rows.length / headSize;
  const address = workspace.allocate(count * rowBytes, 4);
  const source = workspace.putFloats(rows);
  for (let i = 0; i < count; i++) {
    format.store(source + i * headSize * 4, address + i * rowBytes, headSize);
  }
  return address;
}

/** What the bytes of a row mean. */
function readRow(type: CacheType, bytes: Uint8Array, n: number): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Array.from({ length: n }, (_, i) => {
    if (type === "f32") return view.getFloat32(i * 4, true);
    if (type === "f16") return view.getInt16(i * 2, true) * view.getFloat32(Math.ceil(n / 8) * 16, true);
    const block = (i >> 5) * 36;
    return view.getFloat32(block, true) * view.getInt8(block + 4 + (i & 31));
  });
}

function readRows(workspace: Workspace, type: CacheType, address: number, count: number, headSize: number): number[][] {
  const bytes = workspace.cacheFormat(type).rowBytes(headSize);
  return Array.from({ length: count }, (_, i) => readRow(type, workspace.bytes(address + i * bytes, bytes), headSize));
}

function attend(
  workspace: Workspace,
  { tokens, heads, headSize, length, window = NO_WINDOW, rows = length + tokens - 1 }: Shape,
  q: Float32Array,
  [keyType, keys]: readonly [CacheType, number],
  [valueType, values]: readonly [CacheType, number],
): Float32Array {
  const out = workspace.allocate(q.byteLength, 4);
  workspace.attention(headSize).run({
    queries: workspace.putFloats(q),
    keys,
    values,
    out,
    tokens,
    tokenStride: heads * headSize * 4,
    heads,
    headSize,
    position: length - 1,
    window,
    rows,
    scale: 1 / Math.sqrt(headSize),
    keyType: workspace.cacheFormat(keyType).number,
    valueType: workspace.cacheFormat(valueType).number,
  });
  workspace.verify();
  return workspace.floats(out, q.length);
}

/** The definition, in float64. */
function exactAttention(
  { tokens, heads, headSize, length, window = NO_WINDOW }: Shape,
  q: Float32Array,
  keys: readonly number[][],
  values: readonly number[][],
): number[] {
  const out: number[] = [];
  for (let t = 0; t < tokens; t++) {
    for (let head = 0; head < heads; head++) {
      const query = q.subarray((t * heads + head) * headSize, (t * heads + head + 1) * headSize);
      const end = length + t;
      const first = Math.max(0, end - window);
      const scores = keys
        .slice(first, end)
        .map((key) => key.reduce((sum, k, i) => sum + k * (query[i] ?? 0), 0) / Math.sqrt(headSize));
      const highest = Math.max(...scores);
      const weights = scores.map((score) => Math.exp(score - highest));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      for (let i = 0; i < headSize; i++) {
        out.push(weights.reduce((sum, weight, p) => sum + weight * (values[first + p]?.[i] ?? 0), 0) / total);
      }
    }
  }
  return out;
}

/** Random operands; rows behind the last that is to be seen are NaN. */
function operands(workspace: Workspace, shape: Shape, keyType: CacheType, valueType: CacheType) {
  const { tokens, heads, headSize, length } = shape;
  const positions = length + tokens - 1;
  const withNaN = (rows: Float32Array) => {
    const all = new Float32Array(rows.length + 9 * headSize).fill(Number.NaN);
    all.set(rows);
    return all;
  };
  const q = normals(1, tokens * heads * headSize, 2);
  const keys = storeRows(workspace, keyType, withNaN(normals(2, positions * headSize)), headSize);
  const values = storeRows(workspace, valueType, withNaN(normals(3, positions * headSize)), headSize);
  return { q, keys: [keyType, keys] as const, values: [valueType, values] as const, positions };
}

const SHAPES: readonly Shape[] = [
  { tokens: 1, heads: 1, headSize: 64, length: 1 },
  { tokens: 1, heads: 1, headSize: 128, length: 3 },
  { tokens: 1, heads: 1, headSize: 32, length: 1030 },
  { tokens: 1, heads: 1, headSize: 96, length: 511 },
  { tokens: 1, heads: 1, headSize: 100, length: 67 },
  { tokens: 1, heads: 1, headSize: 6, length: 33 },
  { tokens: 1, heads: 4, headSize: 128, length: 77 },
  { tokens: 1, heads: 8, headSize: 64, length: 300 },
  { tokens: 1, heads: 5, headSize: 10, length: 40 },
  { tokens: 1, heads: 45, headSize: 16, length: 35 },
  { tokens: 2, heads: 1, headSize: 64, length: 1 },
  { tokens: 37, heads: 1, headSize: 64, length: 1 },
  { tokens: 70, heads: 3, headSize: 34, length: 20 },
  { tokens: 9, heads: 8, headSize: 32, length: 60 },
  { tokens: 3, heads: 45, headSize: 8, length: 31 },
  { tokens: 1, heads: 1, headSize: 64, length: 5, window: 32 },
  { tokens: 1, heads: 1, headSize: 64, length: 300, window: 32 },
  { tokens: 1, heads: 1, headSize: 32, length: 333, window: 1 },
  { tokens: 1, heads: 1, headSize: 128, length: 500, window: 150 },
  { tokens: 1, heads: 8, headSize: 64, length: 290, window: 33 },
  { tokens: 1, heads: 5, headSize: 10, length: 129, window: 65 },
  { tokens: 40, heads: 1, headSize: 64, length: 1, window: 7 },
  { tokens: 70, heads: 3, headSize: 34, length: 20, window: 32 },
  { tokens: 9, heads: 8, headSize: 32, length: 160, window: 31 },
];

function nameOf({ tokens, heads, headSize, length, window }: Shape): string {
  return `${tokens} x ${heads} x ${headSize} after ${length}, window ${window}`;
}

for (const build of runnableBuilds()) {
  for (const keyType of CACHE_TYPES) {
    for (const valueType of CACHE_TYPES) {
      test(`${build}: attention is what its definition says, keys ${keyType}, values ${valueType}`, () => {
        for (const shape of SHAPES) {
          const workspace = new Workspace(build, 8 << 20);
          const { q, keys, values, positions } = operands(workspace, shape, keyType, valueType);
          const exact = exactAttention(
            shape,
            q,
            readRows(workspace, ...keys, positions, shape.headSize),
            readRows(workspace, ...values, positions, shape.headSize),
          );
          const limit = keyType === "f32" && valueType !== "f16" ? ROUNDING_NMSE : INTEGER_NMSE;
          assertNmse(attend(workspace, shape, q, keys, values), exact, limit, nameOf(shape));
        }
      });
    }
  }

  test(`${build}: a cache whose oldest rows were written over serves a window as a whole one does`, () => {
    for (const type of CACHE_TYPES) {
      for (const [tokens, heads, headSize] of [
        [1, 1, 64],
        [1, 4, 32],
        [13, 3, 20],
        [20, 1, 32],
      ] as const) {
        const workspace = new Workspace(build, 8 << 20);
        const whole = { tokens, heads, headSize, length: 250, window: 40 };
        const rows = 64;
        const { q, keys, values, positions } = operands(workspace, whole, type, type);
        const wrapped = [keys, values].map(([, address]) => {
          const bytes = workspace.cacheFormat(type).rowBytes(headSize);
          const target = workspace.allocate(rows * bytes, 4);
          for (let p = 0; p < positions; p++) {
            workspace.write(target + (p % rows) * bytes, workspace.bytes(address + p * bytes, bytes));
          }
          return [type, target] as const;
        });
        const [ringKeys = keys, ringValues = values] = wrapped;
        const found = attend(workspace, { ...whole, rows }, q, ringKeys, ringValues);
        assert.deepEqual(found, attend(workspace, whole, q, keys, values), `${type} ${nameOf(whole)}`);
      }
    }
  });

  test(`${build}: a query's result does not depend on the queries beside it`, () => {
    for (const tokens of [1, 3]) {
      const shape = { tokens, heads: 13, headSize: 40, length: 50 };
      const workspace = new Workspace(build, 8 << 20);
      const { q, keys, values } = operands(workspace, shape, "f16", "q8_0");
      const all = attend(workspace, shape, q, keys, values);
      for (const [from, to] of [
        [0, 1],
        [1, 4],
        [4, 9],
        [9, 13],
      ] as const) {
        const heads = to - from;
        const some = (x: Float32Array) =>
          Float32Array.from({ length: tokens * heads * 40 }, (_, i) => {
            const token = Math.floor(i / (heads * 40));
            return x[(token * 13 + from) * 40 + (i % (heads * 40))] ?? 0;
          });
        const part = { ...shape, heads };
        assert.deepEqual(attend(workspace, part, some(q), keys, values), some(all));
      }
    }
  });

  test(`${build}: a token in a batch gets, bit for bit, what it gets alone, for every type and head layout`, () => {
    for (const keyType of CACHE_TYPES) {
      for (const valueType of CACHE_TYPES) {
        for (const [tokens, heads, headSize, length, window] of [
          [35, 1, 64, 1, undefined],
          [6, 1, 128, 130, undefined],
          [5, 1, 96, 70, undefined],
          [9, 3, 32, 40, 33],
          [34, 1, 32, 300, 40],
          [4, 8, 64, 60, undefined],
          [5, 5, 10, 29, 17],
          [3, 1, 40, 61, undefined],
        ] as const) {
          const workspace = new Workspace(build, 8 << 20);
          const shape: Shape = { tokens, heads, headSize, length, ...(window === undefined ? {} : { window }) };
          const { q, keys, values, positions } = operands(workspace, shape, keyType, valueType);
          const batch = attend(workspace, shape, q, keys, values);
          for (let t = 0; t < tokens; t++) {
            for (let head = 0; head < heads; head++) {
              const start = (t * heads + head) * headSize;
              const one = { ...shape, tokens: 1, heads: 1, length: length + t, rows: positions };
              const found = attend(workspace, one, q.slice(start, start + headSize), keys, values);
              const what = `${keyType}, ${valueType}, ${nameOf(shape)}: token ${t}, head ${head}`;
              assert.deepEqual(found, batch.slice(start, start + headSize), what);
            }
          }
        }
      }
    }
  });

  test(`${build}: rows of f16 are integers that share a scale, and no product of two rows leaves 32 bits`, () => {
    for (const headSize of [6, 64, 100, 256]) {
      const spike = new Float32Array(headSize);
      spike[headSize - 1] = -3;
      const alike = new Float32Array(headSize).fill(2.5);
      for (const factor of [1e-37, 1e-25, 1, 1e25, 1e37]) {
        for (const shape of [normals(7, headSize), spike, alike, new Float32Array(headSize)]) {
          const workspace = new Workspace(build, 1 << 20);
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
          const workspace = new Workspace(build, 8 << 20);
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

  test(`${build}: NaN and infinity of one position are NaN for all that see it, and for nobody else`, () => {
    for (const headSize of [64, 20]) {
      for (const type of CACHE_TYPES) {
        for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
          for (const inKeys of [true, false]) {
            for (const heads of [1, 3]) {
              // An infinite score of floats may be one that weighs nothing.
              if (type === "f32" && inKeys && !Number.isNaN(wrong)) continue;
              const workspace = new Workspace(build, 1 << 20);
              const rows = normals(4, 40 * headSize);
              const damaged = rows.slice();
              damaged[37 * headSize + 11] = wrong;
              const keys = [type, storeRows(workspace, type, inKeys ? damaged : rows, headSize)] as const;
              const values = [type, storeRows(workspace, type, inKeys ? rows : damaged, headSize)] as const;
              const q = normals(5, heads * headSize);
              const found = (length: number) =>
                attend(workspace, { tokens: 1, heads, headSize, length }, q, keys, values);
              assert.ok(found(37).every(Number.isFinite));
              assert.ok(!found(38).every(Number.isFinite), `${type} ${wrong} ${inKeys} ${heads}`);
            }
          }
        }
      }
    }
  });

  test(`${build}: q8_0 rows are what ggml would write, with scales of f32`, () => {
    for (const headSize of [64, 40, 6]) {
      const workspace = new Workspace(build, 1 << 20);
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
