import assert from "node:assert/strict";
import { test } from "node:test";
import { CACHE_TYPES } from "#dist/kernels/cache-types.js";
import { runnableBuilds } from "#dist/kernels/load.js";
import { buildsInTurn } from "../../helpers/engine.js";
import { assertNmse } from "../../helpers/tolerance.js";
import { Workspace } from "../workspace.js";
import {
  attend,
  exactAttention,
  INTEGER_NMSE,
  nameOf,
  normals,
  operands,
  ROUNDING_NMSE,
  readRows,
  type Shape,
  storeRows,
} from "./operands.js";

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

/** Types of keys and of values. */
const MIXES = CACHE_TYPES.flatMap((keyType) => CACHE_TYPES.map((valueType) => [keyType, valueType] as const));

for (const build of runnableBuilds()) {
  const workspace = new Workspace(build, 8 << 20);

  for (const [index, [keyType, valueType]] of MIXES.entries()) {
    if (buildsInTurn(index).includes(build)) {
      test(`${build}: attention is what its definition says, keys ${keyType}, values ${valueType}`, () => {
        for (const shape of SHAPES) {
          workspace.reset();
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
        workspace.reset();
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
      workspace.reset();
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
    for (const [index, [keyType, valueType]] of MIXES.entries()) {
      if (buildsInTurn(index).includes(build)) {
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
          workspace.reset();
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

  test(`${build}: NaN and infinity of one position are NaN for all that see it, and for nobody else`, () => {
    for (const headSize of [64, 20]) {
      for (const type of CACHE_TYPES) {
        for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
          for (const inKeys of [true, false]) {
            for (const heads of [1, 3]) {
              // An infinite score of floats may be one that weighs nothing.
              if (type === "f32" && inKeys && !Number.isNaN(wrong)) continue;
              workspace.reset();
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
}
