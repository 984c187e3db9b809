import { LlamaError, printable } from "../errors.js";
import {
  describeTensorType,
  findTensorType,
  MAX_DIMS,
  MAX_TENSOR_NAME_BYTES,
  type TensorType,
  tensorBytes,
} from "./format.js";
import type { BoundedReader } from "./reader.js";

/** A tensor's entry in the table, all of it checked. */
export interface TensorInfo {
  readonly name: string;
  readonly type: TensorType;
  /** As in the file: the first dimension is the row length, the one that lies side by side in memory. */
  readonly dims: readonly number[];
  /** The file that holds the data. */
  readonly path: string;
  /** Bytes from the start of that file. */
  readonly offset: number;
  readonly bytes: number;
}

/** An entry before the start of the data is known: its offset counts from there. */
export type RelativeTensor = Omit<TensorInfo, "path" | "offset"> & { readonly relativeOffset: number };

export const MAX_TENSOR_COUNT = 1 << 16;
/** name length, dimension count, one dimension, type, offset */
export const SMALLEST_TENSOR_ENTRY = 8 + 4 + 8 + 4 + 8;

/** Reads the tensor table; the reader stands behind the metadata. */
export function readTensorTable(reader: BoundedReader, count: number, alignment: number): RelativeTensor[] {
  const tensors: RelativeTensor[] = [];
  const names = new Set<string>();
  for (let i = 0; i < count; i++) {
    const tensor = readTensorEntry(reader, i, alignment);
    if (names.has(tensor.name)) {
      throw damaged(`tensor ${printable(tensor.name)} is there twice`);
    }
    names.add(tensor.name);
    tensors.push(tensor);
  }
  return tensors;
}

function readTensorEntry(reader: BoundedReader, index: number, alignment: number): RelativeTensor {
  const name = reader.string(`the name of tensor ${index}`, MAX_TENSOR_NAME_BYTES);
  if (name === "") throw damaged(`the name of tensor ${index} is empty`);
  const shown = `tensor ${printable(name)}`;
  const nDims = reader.u32(`the dimensions of ${shown}`);
  if (nDims < 1 || nDims > MAX_DIMS) {
    throw damaged(`${shown} has ${nDims} dimensions; expected 1 to ${MAX_DIMS}`);
  }
  const dims: number[] = [];
  let values = 1n;
  for (let i = 0; i < nDims; i++) {
    const dim = reader.u64(`the dimensions of ${shown}`);
    values *= dim;
    if (dim === 0n || values > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw damaged(`${shown} has a dimension of ${dim}, which is impossible`);
    }
    dims.push(Number(dim));
  }
  const typeId = reader.u32(`the type of ${shown}`);
  const type = findTensorType(typeId);
  if (type === undefined) {
    throw new LlamaError(
      "unsupported",
      `The file's ${shown} is ${describeTensorType(typeId)}, which this version cannot compute with; use a file of another type.`,
    );
  }
  const row = dims[0] ?? 0;
  if (row % type.blockSize !== 0) {
    throw damaged(`${shown} has rows of ${row} values; ${type.name} needs a multiple of ${type.blockSize}`);
  }
  const offset = reader.u64(`the offset of ${shown}`);
  if (offset > BigInt(Number.MAX_SAFE_INTEGER) || Number(offset) % alignment !== 0) {
    throw damaged(`${shown} has the offset ${offset}; expected a multiple of ${alignment} within the file`);
  }
  return { name, type, dims, relativeOffset: Number(offset), bytes: tensorBytes(type, Number(values)) };
}

/** Places the tensors in their file, refusing any that lies past its end or on top of another. */
export function placeTensors(
  tensors: readonly RelativeTensor[],
  path: string,
  dataStart: number,
  fileSize: number,
): TensorInfo[] {
  let previousEnd = dataStart;
  let previousName = "";
  for (const { name, relativeOffset, bytes } of tensors.toSorted((a, b) => a.relativeOffset - b.relativeOffset)) {
    const start = dataStart + relativeOffset;
    if (start + bytes > fileSize) {
      throw new LlamaError(
        "format",
        `The GGUF file is truncated: tensor ${printable(name)} ends at byte ${start + bytes}, and the file has ${fileSize}; download it again.`,
      );
    }
    if (start < previousEnd) throw damaged(`tensors ${printable(previousName)} and ${printable(name)} overlap`);
    previousEnd = start + bytes;
    previousName = name;
  }
  return tensors.map(({ relativeOffset, ...tensor }) => ({ ...tensor, path, offset: dataStart + relativeOffset }));
}

function damaged(what: string): LlamaError {
  return new LlamaError("format", `The GGUF file is damaged: ${what}.`);
}
