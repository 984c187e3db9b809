import { toHalf } from "../gguf/floats.js";
import type { TensorType } from "../gguf/format.js";
import { type BlockWriter, writeQ4_0, writeQ4_1, writeQ5_0, writeQ5_1, writeQ8_0 } from "./blocks.js";
import { writeQ2_K, writeQ3_K, writeQ4_K, writeQ5_K, writeQ6_K } from "./super-blocks.js";

const WRITERS: Readonly<Record<string, BlockWriter>> = {
  F32: (values, out) => out.setFloat32(0, values[0] ?? 0, true),
  F16: (values, out) => out.setUint16(0, toHalf(values[0] ?? 0), true),
  Q4_0: writeQ4_0,
  Q4_1: writeQ4_1,
  Q5_0: writeQ5_0,
  Q5_1: writeQ5_1,
  Q8_0: writeQ8_0,
  Q2_K: writeQ2_K,
  Q3_K: writeQ3_K,
  Q4_K: writeQ4_K,
  Q5_K: writeQ5_K,
  Q6_K: writeQ6_K,
};

/** Encodes values, a whole number of blocks, in a type of the table above. */
export function encode(type: TensorType, values: Float32Array): Uint8Array {
  const write = WRITERS[type.name];
  if (write === undefined) throw new RangeError(`nothing here writes ${type.name}`);
  const blocks = values.length / type.blockSize;
  const bytes = new Uint8Array(blocks * type.blockBytes);
  for (let block = 0; block < blocks; block++) {
    const part = values.subarray(block * type.blockSize, (block + 1) * type.blockSize);
    write(part, new DataView(bytes.buffer, block * type.blockBytes, type.blockBytes));
  }
  return bytes;
}
