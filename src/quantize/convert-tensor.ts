import { setImmediate } from "node:timers/promises";
import { LlamaError, printable } from "../errors.js";
import { FileSource } from "../files/source.js";
import { isDense, toFloats } from "../gguf/floats.js";
import { type TensorType, tensorBytes } from "../gguf/format.js";
import type { TensorInfo } from "../gguf/tensors.js";
import { encode, OutOfRange } from "./encode.js";

/** Values converted between two looks at the signal: some tens of milliseconds. */
const STRETCH = 1 << 17;

/** Some of a tensor's new bytes, and how many were read of the old ones for them. */
export interface Stretch {
  readonly data: Uint8Array;
  readonly read: number;
}

/**
 * A tensor's new bytes, stretch by stretch, padded at the end as the format wants.
 * @throws LlamaError `numeric` for NaN, infinity and values beyond the new type's range, with tensor and row;
 *   `format` where the file ends early
 */
export async function* convertTensor(source: TensorInfo, type: TensorType): AsyncGenerator<Stretch> {
  const from = new FileSource(source.path, "a GGUF file");
  try {
    const count = (source.bytes / source.type.blockBytes) * source.type.blockSize;
    for (let start = 0; start < count; start += STRETCH) {
      await setImmediate(); // lets a signal or a spinner have its turn
      const values = Math.min(STRETCH, count - start);
      const bytes = new Uint8Array(tensorBytes(source.type, values));
      if (from.read(bytes, source.offset + tensorBytes(source.type, start)) < bytes.length) {
        throw new LlamaError("format", `${printable(source.path, 256)} ended while it was read; download it again.`);
      }
      yield { data: converted(source, type, bytes, start), read: bytes.length };
    }
    yield { data: new Uint8Array(-tensorBytes(type, count) & 31), read: 0 };
  } finally {
    from.close();
  }
}

function converted(source: TensorInfo, type: TensorType, bytes: Uint8Array, start: number): Uint8Array {
  if (source.type === type && !isDense(type)) return bytes;
  const values = toFloats(source.type, bytes);
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    const found = Number.isNaN(values[wrong]) ? "NaN" : "infinity";
    throw refused(source, start + wrong, found, "the weights are damaged, so use another file");
  }
  if (source.type === type) return bytes;
  try {
    return encode(type, values);
  } catch (error) {
    if (!(error instanceof OutOfRange)) throw error;
    const block = values.subarray(error.index, error.index + type.blockSize);
    const largest = block.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
    const at = start + error.index + block.indexOf(largest);
    throw refused(
      source,
      at,
      `the value ${largest}`,
      `that is beyond the range of ${type.name}, so choose another type`,
    );
  }
}

function refused(
  { name, dims: [row = 1, ...others] }: TensorInfo,
  at: number,
  found: string,
  advice: string,
): LlamaError {
  const rows = others.reduce((product, dim) => product * dim, 1);
  const place = `in row ${Math.floor(at / row) + 1} of ${rows}`;
  return new LlamaError("numeric", `Tensor ${printable(name)} has ${found} ${place}; ${advice}.`);
}
