import type { GgufFile } from "./file.js";
import { readGguf } from "./parse.js";

/** Bytes that are read at first: the head of most files without a vocabulary. */
const FIRST = 1 << 20;

/** Gives the bytes from `start` up to `end`, as an HTTP server does for a range. */
export type ReadRange = (start: number, end: number) => Promise<Uint8Array>;

/**
 * Reads the header, metadata and tensor table of a GGUF file that is read in ranges, such as a file on a server or a
 * `Blob`: its beginning, in pieces of growing length, until they hold all of it.
 * @param size bytes of the whole file
 * @param path stands in {@link GgufFile.path} and in the messages of errors
 * @throws LlamaError `format`, `unsupported`, `model`, and what `read` throws
 */
export async function readGgufHead(size: number, read: ReadRange, path = ""): Promise<GgufFile> {
  let head = new Uint8Array(0);
  for (let length = Math.min(FIRST, size); ; length = Math.min(2 * length, size)) {
    const more = await read(head.length, length);
    head = joined(head, more.subarray(0, length - head.length));
    try {
      return readGguf(new Beginning(head, size), path);
    } catch (error) {
      // A server that has nothing more to give has a file that is truncated.
      const isStuck = more.length === 0 || length === size;
      if (!(error instanceof BeyondBeginning)) throw error;
      if (isStuck) return readGguf(new Beginning(head, head.length), path);
    }
  }
}

/** What was asked for lies beyond the bytes that were read so far. */
class BeyondBeginning extends Error {}

/** The beginning of a file whose size is known. */
class Beginning {
  readonly size: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, size: number) {
    this.size = size;
    this.#bytes = bytes;
  }

  read(target: Uint8Array, position: number): number {
    const end = Math.min(position + target.length, this.size);
    if (end > this.#bytes.length) throw new BeyondBeginning();
    target.set(this.#bytes.subarray(position, end));
    return Math.max(0, end - position);
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
