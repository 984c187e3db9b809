/**
 * The facts of the GGUF container (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md), as tables.
 *
 * ```
 * offset 0   "GGUF"  u32 version  u64 tensorCount  u64 metadataCount
 *            metadataCount x { string key, u32 valueType, value }
 *            tensorCount   x { string name, u32 nDims, u64 dims[nDims], u32 type, u64 offset }
 *            padding to general.alignment (32 unless given)
 *            tensor data, each tensor at its offset from here
 * string     u64 byteLength, UTF-8 bytes;   array   u32 elementType, u64 length, elements
 * ```
 */
export const GGUF_MAGIC = 0x46554747; // "GGUF" read as a little-endian u32
export const GGUF_VERSIONS: readonly number[] = [2, 3];
export const DEFAULT_ALIGNMENT = 32;
export const MAX_DIMS = 4;
/** ggml's GGML_MAX_NAME counts a terminating zero. */
export const MAX_TENSOR_NAME_BYTES = 63;
export const MAX_KEY_BYTES = 65535;

/** The metadata value types by id, with the bytes of one value (0: variable). */
export const VALUE_TYPES = [
  { name: "u8", bytes: 1 },
  { name: "i8", bytes: 1 },
  { name: "u16", bytes: 2 },
  { name: "i16", bytes: 2 },
  { name: "u32", bytes: 4 },
  { name: "i32", bytes: 4 },
  { name: "f32", bytes: 4 },
  { name: "bool", bytes: 1 },
  { name: "string", bytes: 0 },
  { name: "array", bytes: 0 },
  { name: "u64", bytes: 8 },
  { name: "i64", bytes: 8 },
  { name: "f64", bytes: 8 },
] as const;

export type ValueTypeName = (typeof VALUE_TYPES)[number]["name"];

/** One tensor type: its id in files and the size of its smallest unit. */
export interface TensorType {
  readonly id: number;
  readonly name: string;
  /** Values in one block; rows are whole numbers of blocks. */
  readonly blockSize: number;
  readonly blockBytes: number;
}

const TENSOR_TYPES: readonly TensorType[] = [
  { id: 0, name: "F32", blockSize: 1, blockBytes: 4 },
  { id: 1, name: "F16", blockSize: 1, blockBytes: 2 },
  { id: 2, name: "Q4_0", blockSize: 32, blockBytes: 18 },
  { id: 3, name: "Q4_1", blockSize: 32, blockBytes: 20 },
  { id: 6, name: "Q5_0", blockSize: 32, blockBytes: 22 },
  { id: 7, name: "Q5_1", blockSize: 32, blockBytes: 24 },
  { id: 8, name: "Q8_0", blockSize: 32, blockBytes: 34 },
  { id: 10, name: "Q2_K", blockSize: 256, blockBytes: 84 },
  { id: 11, name: "Q3_K", blockSize: 256, blockBytes: 110 },
  { id: 12, name: "Q4_K", blockSize: 256, blockBytes: 144 },
  { id: 13, name: "Q5_K", blockSize: 256, blockBytes: 176 },
  { id: 14, name: "Q6_K", blockSize: 256, blockBytes: 210 },
  { id: 16, name: "IQ2_XXS", blockSize: 256, blockBytes: 66 },
  { id: 17, name: "IQ2_XS", blockSize: 256, blockBytes: 74 },
  { id: 18, name: "IQ3_XXS", blockSize: 256, blockBytes: 98 },
  { id: 20, name: "IQ4_NL", blockSize: 32, blockBytes: 18 },
  { id: 21, name: "IQ3_S", blockSize: 256, blockBytes: 110 },
  { id: 22, name: "IQ2_S", blockSize: 256, blockBytes: 82 },
  { id: 23, name: "IQ4_XS", blockSize: 256, blockBytes: 136 },
  { id: 30, name: "BF16", blockSize: 1, blockBytes: 2 },
  { id: 34, name: "TQ1_0", blockSize: 256, blockBytes: 54 },
  { id: 35, name: "TQ2_0", blockSize: 256, blockBytes: 66 },
];

/** Names of the type ids that have no row above, so that a refusal can say what was found. */
const OTHER_TYPE_NAMES: Readonly<Record<number, string>> = {
  4: "Q4_2 (removed from the format)",
  5: "Q4_3 (removed from the format)",
  9: "Q8_1",
  15: "Q8_K",
  19: "IQ1_S",
  24: "I8",
  25: "I16",
  26: "I32",
  27: "I64",
  28: "F64",
  29: "IQ1_M",
  31: "Q4_0_4_4 (removed from the format)",
  32: "Q4_0_4_8 (removed from the format)",
  33: "Q4_0_8_8 (removed from the format)",
  36: "IQ4_NL_4_4 (removed from the format)",
  37: "IQ4_NL_4_8 (removed from the format)",
  38: "IQ4_NL_8_8 (removed from the format)",
  39: "MXFP4",
};

const typesById = new Map(TENSOR_TYPES.map((type) => [type.id, type]));
const typesByName = new Map(TENSOR_TYPES.map((type) => [type.name, type]));

/** Every tensor type this engine computes with, in the order of their ids. */
export function tensorTypes(): readonly TensorType[] {
  return TENSOR_TYPES;
}

export function findTensorType(id: number): TensorType | undefined {
  return typesById.get(id);
}

export function findTensorTypeByName(name: string): TensorType | undefined {
  return typesByName.get(name);
}

/** A type id in words, for messages: the name where one is known. */
export function describeTensorType(id: number): string {
  const name = typesById.get(id)?.name ?? OTHER_TYPE_NAMES[id];
  return name === undefined ? `unknown type ${id}` : `${name} (type ${id})`;
}

/** Bytes of `count` values, which must be a whole number of blocks. */
export function tensorBytes(type: TensorType, count: number): number {
  return (count / type.blockSize) * type.blockBytes;
}
