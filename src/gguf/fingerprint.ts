import { FileSource } from "../files/source.js";
import { platform } from "../platform/current.js";
import { toHex } from "../platform/platform.js";
import type { GgufFile } from "./file.js";

/** Bytes that are read of a header at most; those in use are shorter. */
const MAX_HEADER = 16 << 20;
/** Bytes that are read of every tensor. */
const SAMPLE = 4096;

/**
 * A name for what a model computes, in hexadecimal: SHA-256 over the headers of its files and the beginning of each
 * tensor. Models of the same shape that were trained differently differ in every tensor, so this need not read them
 * whole.
 * @throws LlamaError `not-found`, `unreadable` where the files are no longer there
 */
export function fingerprint({ path, tensors }: GgufFile): string {
  const hash = platform.sha256();
  for (const each of new Set([path, ...tensors.map((tensor) => tensor.path)])) {
    const source = new FileSource(each, "a GGUF file");
    try {
      const own = tensors.filter((tensor) => tensor.path === each);
      const header = own.reduce((end, { offset }) => Math.min(end, offset), source.size);
      const read = (bytes: number, offset: number) => {
        const sample = new Uint8Array(bytes);
        hash.update(sample.subarray(0, source.read(sample, offset)));
      };
      read(Math.min(header, MAX_HEADER), 0);
      for (const { bytes, offset } of own) read(Math.min(bytes, SAMPLE), offset);
    } finally {
      source.close();
    }
  }
  return toHex(hash.digest());
}
