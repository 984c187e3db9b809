import { LlamaError } from "../errors.js";
import type { MetadataEntry } from "./metadata.js";

/** Bytes of a text that somebody reads; chat templates are the longest, with some tens of thousands. */
const MAX_TEXT_BYTES = 1 << 20;

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * A text of the metadata as the bytes of the file, which become a string when somebody asks: files carry whole
 * documents that nobody reads.
 */
export class TextEntry implements MetadataEntry {
  readonly type = "string";
  /** UTF-8, unless the file is damaged. */
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** The text, with U+FFFD for bytes that are not UTF-8. */
  get value(): string {
    return lenient.decode(this.bytes);
  }

  /** @throws LlamaError `model` where it is not UTF-8, or longer than anything a model needs */
  read(key: string): string {
    if (this.bytes.length <= MAX_TEXT_BYTES) return decode(this.bytes, key);
    throw new LlamaError(
      "model",
      `Metadata key ${key} is a string of ${this.bytes.length} bytes; the limit is ${MAX_TEXT_BYTES}.`,
    );
  }
}

/** An array of texts as the bytes of the file: before each its length in 8 bytes. */
export class TextArrayEntry implements MetadataEntry {
  readonly type = "array";
  readonly elementType = "string";
  readonly length: number;
  readonly bytes: Uint8Array;
  #texts: readonly string[] | undefined;

  constructor(bytes: Uint8Array, length: number) {
    this.bytes = bytes;
    this.length = length;
  }

  /** The texts, with U+FFFD for bytes that are not UTF-8. */
  get value(): readonly string[] {
    return this.#texts ?? this.#decode((bytes) => lenient.decode(bytes));
  }

  /** @throws LlamaError `model` where one is not UTF-8 */
  read(key: string): readonly string[] {
    this.#texts ??= this.#decode((bytes) => decode(bytes, key));
    return this.#texts;
  }

  #decode(decoded: (bytes: Uint8Array) => string): string[] {
    const { bytes } = this;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const texts: string[] = [];
    for (let at = 0; at < bytes.length; ) {
      const start = at + 8;
      at = start + view.getUint32(start - 8, true); // the reader has seen to it that none is longer
      texts.push(decoded(bytes.subarray(start, at)));
    }
    return texts;
  }
}

function decode(bytes: Uint8Array, key: string): string {
  try {
    return strict.decode(bytes);
  } catch (cause) {
    throw new LlamaError("model", `Metadata key ${key} has text that is not UTF-8; use another file.`, { cause });
  }
}
