/** Attention by the kernels on rows that the kernels stored, and by its definition in float64. */
import { NO_WINDOW } from "#dist/kernels/attention.js";
import type { CacheType } from "#dist/kernels/cache-types.js";
import { seededNormals } from "../../helpers/random.js";
import type { Workspace } from "../workspace.js";

/** Single precision in any order of additions, against float64. */
export const ROUNDING_NMSE = 1e-12;
/** Queries, and weights beside values of f16, as 16-bit integers; the same rows as IEEE halves would add 5e-7. */
export const INTEGER_NMSE = 1e-7;

export interface Shape {
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

export function normals(seed: number, count: number, factor = 1): Float32Array {
  const random = seededNormals(seed);
  return Float32Array.from({ length: count }, () => random() * factor);
}

/** Stores rows through the kernels. */
export function storeRows(workspace: Workspace, type: CacheType, rows: Float32Array, headSize: number): number {
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
export function readRow(type: CacheType, bytes: Uint8Array, n: number): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Array.from({ length: n }, (_, i) => {
    if (type === "f32") return view.getFloat32(i * 4, true);
    if (type === "f16") return view.getInt16(i * 2, true) * view.getFloat32(Math.ceil(n / 8) * 16, true);
    const block = (i >> 5) * 36;
    return view.getFloat32(block, true) * view.getInt8(block + 4 + (i & 31));
  });
}

export function readRows(
  workspace: Workspace,
  type: CacheType,
  address: number,
  count: number,
  headSize: number,
): number[][] {
  const bytes = workspace.cacheFormat(type).rowBytes(headSize);
  return Array.from({ length: count }, (_, i) => readRow(type, workspace.bytes(address + i * bytes, bytes), headSize));
}

export function attend(
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
export function exactAttention(
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
export function operands(workspace: Workspace, shape: Shape, keyType: CacheType, valueType: CacheType) {
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

/** For the messages of failures. */
export function nameOf({ tokens, heads, headSize, length, window }: Shape): string {
  return `${tokens} x ${heads} x ${headSize} after ${length}, window ${window}`;
}
