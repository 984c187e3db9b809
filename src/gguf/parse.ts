import { LlamaError, printable } from "../errors.js";
import type { GgufFile } from "./file.js";
import { DEFAULT_ALIGNMENT, GGUF_VERSIONS } from "./format.js";
import type { Metadata } from "./metadata.js";
import { refuseOtherFormats } from "./other-formats.js";
import { readMetadata } from "./read-metadata.js";
import { BoundedReader, type ByteSource } from "./reader.js";
import { MAX_TENSOR_COUNT, placeTensors, readTensorTable, SMALLEST_TENSOR_ENTRY } from "./tensors.js";

/** Where bytes in memory come from. */
export interface ParseOptions {
  /** Stands in {@link GgufFile.path} and in the messages of errors; by default empty. */
  readonly path?: string | undefined;
}

/**
 * Reads the header, metadata and tensor table of a whole GGUF file in memory, with no file system.
 * @throws LlamaError `format`, `unsupported`, `model`
 */
export function parseGguf(bytes: Uint8Array, { path = "" }: ParseOptions = {}): GgufFile {
  const source: ByteSource = {
    size: bytes.length,
    read(target, position) {
      const part = bytes.subarray(position, position + target.length);
      target.set(part);
      return part.length;
    },
  };
  return readGguf(source, path);
}

/**
 * Reads the header, metadata and tensor table (version 2 or 3, little-endian) of any source. Nothing in the result
 * reaches past its end.
 * @throws LlamaError `format`, `unsupported`, `model`
 */
export function readGguf(source: ByteSource, path: string): GgufFile {
  refuseOtherFormats(source, path === "" ? "The file" : printable(path, 256));
  const reader = new BoundedReader(source);
  reader.u32("the magic number");
  const version = reader.u32("the version");
  refuseOtherVersions(version);
  const tensorCount = reader.count("the number of tensors", SMALLEST_TENSOR_ENTRY, MAX_TENSOR_COUNT);
  const metadataCount = reader.count("the number of metadata keys", 8 + 4 + 1, Number.MAX_SAFE_INTEGER);
  const metadata = readMetadata(reader, metadataCount);
  const alignment = readAlignment(metadata);
  const table = readTensorTable(reader, tensorCount, alignment);
  const dataStart = Math.ceil(reader.position / alignment) * alignment;
  const tensors = placeTensors(table, path, dataStart, source.size);
  return { path, version, size: source.size, metadata, tensors };
}

function readAlignment(metadata: Metadata): number {
  const alignment = metadata.findInteger("general.alignment") ?? DEFAULT_ALIGNMENT;
  const isPowerOfTwo = alignment > 0 && Number.isInteger(Math.log2(alignment));
  if (!isPowerOfTwo || alignment < 8 || alignment > 1 << 16) {
    throw new LlamaError(
      "format",
      `The GGUF file's general.alignment is ${alignment}; expected a power of two from 8 to 65536.`,
    );
  }
  return alignment;
}

function refuseOtherVersions(version: number): void {
  if (GGUF_VERSIONS.includes(version)) return;
  const swapped = ((version & 0xff) << 24) | ((version & 0xff00) << 8) | ((version >>> 8) & 0xff00) | (version >>> 24);
  if (GGUF_VERSIONS.includes(swapped)) {
    throw new LlamaError(
      "unsupported",
      "This is a big-endian GGUF file, but only little-endian ones can be read; convert it with gguf_convert_endian.py.",
    );
  }
  if (version === 1) {
    throw new LlamaError(
      "unsupported",
      "This is a GGUF file of version 1, from August 2023, but only versions 2 and 3 can be read; convert the model again.",
    );
  }
  throw new LlamaError("unsupported", `This is a GGUF file of version ${version}; only versions 2 and 3 can be read.`);
}
