import { LlamaError, printable } from "../errors.js";
import { FileSource } from "../files/source.js";
import type { TensorInfo } from "./tensors.js";

/** Reads a whole tensor as the bytes of the file; for the few small ones that the main thread needs. */
export function readTensorData(tensor: TensorInfo): Uint8Array<ArrayBuffer> {
  const source = new FileSource(tensor.path, "a GGUF file");
  try {
    const bytes = new Uint8Array(tensor.bytes);
    if (source.read(bytes, tensor.offset) === tensor.bytes) return bytes;
    throw new LlamaError(
      "format",
      `${printable(tensor.path, 256)} ended within tensor ${printable(tensor.name)}; download it again.`,
    );
  } finally {
    source.close();
  }
}
