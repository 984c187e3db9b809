import { toHalf } from "../gguf/floats.js";
import type { TensorType } from "../gguf/format.js";
import { type BlockWriter, writeQ4_0, writeQ4_1, writeQ5_0, writeQ5_1, writeQ8_0 } from "./blocks.js";
import { writeQ2_K, writeQ3_K, writeQ4_K, writeQ5_K, writeQ6_K } from "./super-blocks.js";

/** How a type is written. */
interface Encoding {
  readonly write: BlockWriter;
  /** Bytes into a block where halves stand, its scales and minima: what does not fit a half is infinite there. */
  readonly halves: readonly number[];
}

const ENCODINGS: Readonly<Record<string, Encoding>> = {
  F32: { write: (values, out) => out.setFloat32(0, values[0] ?? 0, true), halves: [] },
  F16: { write: (values, out) => out.setUint16(0, toHalf(values[0] ?? 0), true), halves: [0] },
  Q4_0: { write: writeQ4_0, halves: [0] },
  Q4_1: { write: writeQ4_1, halves: [0, 2] },
  Q5_0: { write: writeQ5_0, halves: [0] },
  Q5_1: { write: writeQ5_1, halves: [0, 2] },
  Q8_0: { write: writeQ8_0, halves: [0] },
  Q2_K: { write: writeQ2_K, halves: [80, 82] },
  Q3_K: { write: writeQ3_K, halves: [108] },
  Q4_K: { write: writeQ4_K, halves: [0, 2] },
  Q5_K: { write: writeQ5_K, halves: [0, 2] },
  Q6_K: { write: writeQ6_K, halves: [208] },
};

/** Values that are beyond the range of the type they were to be encoded in. */
export class OutOfRange extends Error {
  override readonly name = "OutOfRange";
  /** The first value of the block. */
  readonly index: number;

  constructor(index: number) {
    super(`the block at value ${index} has no finite scale`);
    this.index = index;
  }
}

/**
 * Encodes finite values, a whole number of blocks, in a type of the table above.
 * @throws OutOfRange where a block's scale is too large for a half
 */
export function encode(type: TensorType, values: Float32Array): Uint8Array {
  const encoding = ENCODINGS[type.name];
  if (encoding === undefined) throw new RangeError(`nothing here writes ${type.name}`);
  const blocks = values.length / type.blockSize;
  const bytes = new Uint8Array(blocks * type.blockBytes);
  for (let block = 0; block < blocks; block++) {
    const start = block * type.blockSize;
    const out = new DataView(bytes.buffer, block * type.blockBytes, type.blockBytes);
    encoding.write(values.subarray(start, start + type.blockSize), out);
    if (encoding.halves.some((at) => isInfinite(out.getUint16(at, true)))) throw new OutOfRange(start);
  }
  return bytes;
}

/** Of a half: infinity or NaN. */
function isInfinite(half: number): boolean {
  return (half & 0x7c00) === 0x7c00;
}
