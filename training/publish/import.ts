import { readTensorData } from "#dist/gguf/data.js";
import type { GgufFile } from "#dist/gguf/file.js";
import { fromHalf, toFloats } from "#dist/gguf/floats.js";
import { openGguf } from "#dist/gguf/open.js";
import type { TensorInfo } from "#dist/gguf/tensors.js";
import { tensorsOf } from "#dist/model/tensors.js";
import type { Piece } from "../data/vocabulary.js";
import { ParameterLayout } from "../network/parameters.js";
import type { Shape } from "../network/shape.js";
import { ROLES } from "./export.js";

/**
 * The parameters of a Llama 2 that was trained before, to begin with as Code Llama does: what it has learned of
 * looking back is of use in any language. Pieces of the same text keep their vectors, and each other takes that of a
 * piece which is no longer there.
 * @param path a GGUF file of this shape, in Q8_0 or F32
 * @throws RangeError where the file has another shape
 */
export function startFrom(path: string, shape: Shape, pieces: readonly Piece[]): Float32Array {
  const file = openGguf(path);
  const layout = new ParameterLayout(shape);
  const values = new Float32Array(layout.size);
  const named = new Map(file.tensors.map((tensor) => [tensor.name, tensor]));
  const wanted = tensorsOf({ ...shape, tied: true });
  for (const { name, layer, offset, rows, columns } of layout.all) {
    let at = offset;
    for (const role of ROLES[name]) {
      const tensor = wanted.find((other) => other.role === role && other.layer === (layer < 0 ? undefined : layer));
      const found = tensor && named.get(tensor.name);
      if (found === undefined) throw new RangeError(`${path} has no ${tensor?.name ?? role}`);
      const part = floatsOf(found);
      values.set(part, at);
      at += part.length;
    }
    if (at !== offset + rows * columns) throw new RangeError(`${path} has another shape than the recipe`);
  }
  permuteRows(values.subarray(layout.get("embedding").offset), shape.dim, rowsFor(file, pieces));
  return values;
}

/** Which row of the file's embedding each piece begins with. */
function rowsFor(file: GgufFile, pieces: readonly Piece[]): number[] {
  const old = file.metadata.getStrings("tokenizer.ggml.tokens");
  if (old.length !== pieces.length) throw new RangeError(`the file has ${old.length} pieces, not ${pieces.length}`);
  const rows = new Map(old.map((text, row) => [text, row]));
  const kept = new Set(pieces.map(({ text }) => text));
  const free = [...old.keys()].filter((row) => !kept.has(old[row] as string));
  return pieces.map(({ text }) => rows.get(text) ?? (free.shift() as number));
}

function permuteRows(embedding: Float32Array, dim: number, rows: readonly number[]): void {
  const before = embedding.slice(0, rows.length * dim);
  for (const [to, from] of rows.entries()) embedding.set(before.subarray(from * dim, (from + 1) * dim), to * dim);
}

function floatsOf(tensor: TensorInfo): Float32Array {
  const bytes = readTensorData(tensor);
  return tensor.type.name === "Q8_0" ? fromQ8(bytes) : toFloats(tensor.type, bytes);
}

/** Blocks of 34 bytes: a half, and 32 integers of 8 bits that it scales. */
function fromQ8(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: (bytes.length / 34) * 32 }, (_, i) => {
    const block = Math.floor(i / 32) * 34;
    return fromHalf(view.getUint16(block, true)) * view.getInt8(block + 2 + (i % 32));
  });
}
