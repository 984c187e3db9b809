import { LlamaError } from "../errors.js";

/** Bytes of known number, wherever they are. */
export interface ByteSource {
  readonly size: number;
  /** Reads up to `target.length` bytes at `position`; returns how many, fewer only at the end. */
  read(target: Uint8Array, position: number): number;
}

const WINDOW_BYTES = 1 << 18;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * A cursor over the head of a file that refuses to read past the file's end. Every count that a file asks
 * for is checked against the bytes that remain before anything of that size is allocated.
 */
export class BoundedReader {
  readonly #source: ByteSource;
  #window = new Uint8Array(0);
  #view = new DataView(this.#window.buffer);
  #windowStart = 0;
  #position = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Bytes from the start of the file. */
  get position(): number {
    return this.#position;
  }

  get remaining(): number {
    return this.#source.size - this.#position;
  }

  u8(what: string): number {
    const at = this.#take(1, what);
    return this.#view.getUint8(at);
  }

  i8(what: string): number {
    const at = this.#take(1, what);
    return this.#view.getInt8(at);
  }

  u16(what: string): number {
    const at = this.#take(2, what);
    return this.#view.getUint16(at, true);
  }

  i16(what: string): number {
    const at = this.#take(2, what);
    return this.#view.getInt16(at, true);
  }

  u32(what: string): number {
    const at = this.#take(4, what);
    return this.#view.getUint32(at, true);
  }

  i32(what: string): number {
    const at = this.#take(4, what);
    return this.#view.getInt32(at, true);
  }

  f32(what: string): number {
    const at = this.#take(4, what);
    return this.#view.getFloat32(at, true);
  }

  f64(what: string): number {
    const at = this.#take(8, what);
    return this.#view.getFloat64(at, true);
  }

  u64(what: string): bigint {
    const at = this.#take(8, what);
    return this.#view.getBigUint64(at, true);
  }

  i64(what: string): bigint {
    const at = this.#take(8, what);
    return this.#view.getBigInt64(at, true);
  }

  boolean(what: string): boolean {
    const byte = this.u8(what);
    if (byte <= 1) return byte === 1;
    throw new LlamaError("format", `The GGUF file is damaged: ${what} is the boolean ${byte}; expected 0 or 1.`);
  }

  /**
   * A u64 that counts things of at least `unitBytes` bytes each, which must all fit into what remains of the
   * file and into `limit`.
   */
  count(what: string, unitBytes: number, limit: number): number {
    const found = this.u64(what);
    const fits = Math.floor(this.remaining / unitBytes);
    if (found > BigInt(fits)) {
      throw new LlamaError(
        "format",
        `The GGUF file is truncated or damaged: ${what} is ${found}, but the rest of the file has room for ${fits} at most.`,
      );
    }
    if (found > BigInt(limit)) {
      throw new LlamaError("format", `The GGUF file is refused: ${what} is ${found}, and the limit is ${limit}.`);
    }
    return Number(found);
  }

  /** A u64 that counts bytes, all of them in the file. */
  length(what: string): number {
    return this.count(`the length of ${what}`, 1, Number.MAX_SAFE_INTEGER);
  }

  /** A length-prefixed UTF-8 string, refused where it is longer than `limit` bytes or not UTF-8. */
  string(what: string, limit: number): string {
    const bytes = this.bytes(this.count(`the length of ${what}`, 1, limit), what);
    try {
      return utf8.decode(bytes);
    } catch (cause) {
      throw new LlamaError("format", `The GGUF file is damaged: ${what} is not UTF-8 text.`, { cause });
    }
  }

  /**
   * Passes over a length-prefixed string of `limit` bytes at most: `count` without a bigint, for there may be millions.
   */
  skipString(what: string, limit: number): void {
    const at = this.#take(8, what);
    const length = this.#view.getUint32(at, true);
    const isFit = this.#view.getUint32(at + 4, true) === 0 && length <= limit && length <= this.remaining;
    if (isFit) this.#position += length;
    else {
      this.#position -= 8;
      this.count(`the length of ${what}`, 1, limit);
    }
  }

  /** Bytes that were passed over; a copy. */
  bytesBetween(start: number, end: number, what: string): Uint8Array<ArrayBuffer> {
    const copy = new Uint8Array(end - start);
    if (this.#source.read(copy, start) < copy.length) this.#refuse(copy.length, what);
    return copy;
  }

  /** The next `length` bytes; a copy, which the caller has bounded with {@link count}. */
  bytes(length: number, what: string): Uint8Array<ArrayBuffer> {
    if (length > this.remaining) this.#refuse(length, what);
    const copy = new Uint8Array(length);
    if (length <= WINDOW_BYTES) {
      const at = this.#take(length, what);
      copy.set(this.#window.subarray(at, at + length));
    } else {
      const got = this.#source.read(copy, this.#position);
      if (got < length) this.#refuse(length, what);
      this.#position += length;
    }
    return copy;
  }

  /** Advances by `length` bytes and returns where in the window they begin. */
  #take(length: number, what: string): number {
    const offset = this.#position - this.#windowStart;
    if (offset + length <= this.#window.length) {
      this.#position += length;
      return offset;
    }
    if (length > this.remaining) this.#refuse(length, what);
    const window = new Uint8Array(Math.min(Math.max(WINDOW_BYTES, length), this.remaining));
    const got = this.#source.read(window, this.#position);
    if (got < length) this.#refuse(length, what);
    this.#window = window.subarray(0, got);
    this.#view = new DataView(window.buffer, 0, got);
    this.#windowStart = this.#position;
    this.#position += length;
    return 0;
  }

  #refuse(length: number, what: string): never {
    const size = this.#source.size;
    throw new LlamaError(
      "format",
      `The GGUF file is truncated: ${what} needs ${length} bytes at offset ${this.#position}, and the file has ${size}; download it again.`,
    );
  }
}
