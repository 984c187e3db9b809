import { findTensorTypeByName, type TensorType, tensorBytes } from "../../gguf/format.js";
import type { TensorInfo } from "../../gguf/tensors.js";
import type { Formats } from "../../kernels/formats.js";
import type { Layer } from "../../model/layer.js";
import type { WeightAdapter } from "../../model/weights.js";

/** A matrix W (rows, columns), or a vector where rows is 1, in a bank. */
export interface PlacedTensor {
  readonly info: TensorInfo;
  /** What it is in the bank: F32 for vectors that the file has in another type. */
  readonly type: TensorType;
  readonly rows: number;
  readonly columns: number;
  readonly rowBytes: number;
  readonly bank: number;
  readonly address: number;
  /** Whether groups of rows lie packed, as the kernels of the type want them, and not as in the file. */
  readonly isPacked: boolean;
  /** Rows that lie together: 1 where they are not packed. */
  readonly groupRows: number;
  /** (rows,) f32, added to every product. */
  readonly bias: PlacedTensor | undefined;
  /** What adapters add to every product, as far as a sequence has them. */
  readonly adapters: readonly PlacedLowRank[];
}

/** A x and B (A x) of a LoRA; see {@link WeightAdapter}. */
export interface PlacedLowRank extends Omit<WeightAdapter, "a" | "b"> {
  readonly a: PlacedTensor;
  readonly b: PlacedTensor;
  /** Where A x is among the values of a token that all of a layer's adapters share. */
  readonly place: number;
}

export type PlacedLayer = Layer<PlacedTensor>;

export const F32 = findTensorTypeByName("F32") as TensorType;

/** The rows of a tensor, whose first dimension is that of columns. */
export function rowsOf(info: TensorInfo): number {
  return info.dims.slice(1).reduce((product, dim) => product * dim, 1);
}

export function rowBytesOf(info: TensorInfo): number {
  return info.bytes / rowsOf(info);
}

/** What the network reads of vectors is F32, whatever the file has. */
export function isWidened(info: TensorInfo): boolean {
  return rowsOf(info) === 1 && info.type.blockSize === 1 && info.type !== F32;
}

/** Bytes of a tensor where it is packed if its type can be. */
export function placedBytes(formats: Formats, info: TensorInfo): number {
  if (isWidened(info)) return tensorBytes(F32, info.dims[0] ?? 0);
  return formats.placedBytes(info.type, rowsOf(info), rowBytesOf(info));
}
