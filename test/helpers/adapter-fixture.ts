import { findTensorTypeByName, type TensorType } from "#dist/gguf/format.js";
import type { MetadataEntry } from "#dist/gguf/metadata.js";
import { encodeHead, padded, type TensorToWrite, writeGguf } from "#dist/gguf/writer.js";
import { encodeValues } from "./encode-values.js";
import { type FixtureModel, f32, text } from "./model-fixture.js";
import { seededNormals } from "./random.js";

export interface AdapterShape {
  readonly seed?: number;
  readonly rank?: number;
  /** 0 leaves the key out. */
  readonly alpha?: number;
  readonly type?: string;
  /** Which of the model's matrices it changes; by default all but a tied token embedding. */
  readonly changes?: (name: string) => boolean;
}

/** A LoRA in memory: what the file would hold, and the exact values by which it changes each matrix at scale 1. */
export interface FixtureAdapter {
  readonly metadata: ReadonlyMap<string, MetadataEntry>;
  readonly tensors: readonly TensorToWrite[];
  readonly changes: ReadonlyMap<string, Float64Array>;
}

export function fixtureAdapter(model: FixtureModel, shape: AdapterShape = {}): FixtureAdapter {
  const { seed = 5, rank = 4, alpha = 8, type: typeName = "F32", changes: isChanged = () => true } = shape;
  const type = findTensorTypeByName(typeName) as TensorType;
  const normal = seededNormals(seed);
  const tensors: TensorToWrite[] = [];
  const changes = new Map<string, Float64Array>();
  const { tied, architecture } = model.shape;
  const matrices = model.tensors.filter(({ dims }) => dims.length > 1);
  for (const { name, dims } of matrices.filter((tensor) => isChanged(tensor.name))) {
    const isLookedUp = name === "token_embd.weight";
    if (isLookedUp && tied) continue;
    const [columns = 1, rows = 1, count = 1] = isLookedUp ? dims.toReversed() : dims;
    const last = dims.length > 2 ? [count] : [];
    const add = (half: string, of: readonly number[], size: number) => {
      const count = of.reduce((product, n) => product * n, 1);
      const encoded = encodeValues(
        type,
        Float64Array.from({ length: count }, () => normal() * size),
      );
      tensors.push({ name: `${name}.lora_${half}`, type, dims: of, data: encoded.bytes });
      return encoded.values;
    };
    const a = add("a", isLookedUp ? [rank, columns] : [columns, rank, ...last], 1 / Math.sqrt(columns));
    const b = add("b", [rank, rows, ...last], 0.3);
    const factor = alpha === 0 ? 1 : Math.fround(alpha) / rank;
    const change = new Float64Array(count * rows * columns);
    // Of a mixture, the rows of all experts lie below one another, and each has an A of its own.
    for (let row = 0; row < count * rows; row++) {
      const expert = Math.floor(row / rows);
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        for (let r = 0; r < rank; r++) {
          const of = isLookedUp ? column * rank + r : (expert * rank + r) * columns + column;
          sum += (b[row * rank + r] ?? 0) * (a[of] ?? 0);
        }
        change[isLookedUp ? column * rows + row : row * columns + column] = factor * sum;
      }
    }
    changes.set(name, change);
    const [, before, expert, after] = /^(blk\.\d+\.ffn_\w+)\.(\d+)(\.weight)$/.exec(name) ?? [];
    if (expert === undefined) continue;
    // The scalar model knows all experts as one.
    const all = `${before}_exps${after}`;
    const whole = changes.get(all) ?? new Float64Array(change.length * model.shape.experts);
    whole.set(change, Number(expert) * change.length);
    changes.set(all, whole);
  }
  const metadata = new Map<string, MetadataEntry>([
    ["general.type", text("adapter")],
    ["general.architecture", text(architecture)],
    ["adapter.type", text("lora")],
    ...(alpha === 0 ? [] : [["adapter.lora.alpha", f32(alpha)] as const]),
  ]);
  return { metadata, tensors, changes };
}

export function writeAdapter(path: string, adapter: FixtureAdapter): void {
  writeGguf(path, adapter, { force: true });
}

/** The bytes of such a file. */
export function adapterBytes(adapter: FixtureAdapter): Uint8Array {
  return Buffer.concat([encodeHead(adapter), ...adapter.tensors.map(({ data }) => padded(data as Uint8Array))]);
}

/** The model with adapters merged into its exact values, for the scalar model. */
export function merged(model: FixtureModel, ...adapters: readonly (readonly [FixtureAdapter, number])[]): FixtureModel {
  const values = new Map(model.values);
  for (const [{ changes }, scale] of adapters) {
    for (const [name, change] of changes) {
      const before = values.get(name) ?? new Float64Array(change.length);
      values.set(
        name,
        before.map((value, i) => value + scale * (change[i] ?? 0)),
      );
    }
  }
  return { ...model, values };
}
