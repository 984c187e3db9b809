import { LlamaError } from "../errors.js";
import { fromByteLetters } from "./byte-letters.js";
import { byteOfPiece, TokenType, type Vocabulary } from "./vocab.js";

/** How ids become text. */
export interface DecodeOptions {
  /** Whether control tokens and the unknown token are written as they stand in the vocabulary, or not at all. */
  readonly special?: boolean | undefined;
  /** Whether one space at the start of the very first token is left out, as `encode` put it there. */
  readonly stripLeadingSpace?: boolean | undefined;
}

const SPACE = 0x20;
const NOTHING = new Uint8Array(0);

/** The bytes that tokens stand for: not always whole characters. */
export class TokenBytes {
  readonly #vocabulary: Vocabulary;
  readonly #known = new Map<number, Uint8Array>();

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
  }

  /** @throws LlamaError `option` where `id` is not in the vocabulary */
  of(id: number, special: boolean): Uint8Array {
    const type = this.#vocabulary.types[id];
    if (type === undefined) throw unknownId(id, this.#vocabulary);
    if (!special && (type === TokenType.control || type === TokenType.unknown)) return NOTHING;
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const bytes = this.#spell(this.#vocabulary.pieces[id] as string, type);
    this.#known.set(id, bytes);
    return bytes;
  }

  #spell(piece: string, type: number): Uint8Array {
    // Spaces and bytes of special tokens are not written in the vocabulary's own way.
    if (type === TokenType.control || type === TokenType.unknown || type === TokenType.userDefined) {
      return utf8.encode(piece);
    }
    if (this.#vocabulary.model === "bpe") return fromByteLetters(piece) ?? utf8.encode(piece);
    const byte = type === TokenType.byte ? byteOfPiece(piece) : undefined;
    return byte === undefined ? utf8.encode(piece.replaceAll("▁", " ")) : Uint8Array.of(byte);
  }
}

const utf8 = new TextEncoder();

export function unknownId(id: number, { pieces }: Vocabulary): LlamaError {
  return new LlamaError("option", `There is no token ${id}; the vocabulary has the ids 0 to ${pieces.length - 1}.`);
}

/**
 * Turns ids into text one by one. Bytes that may be the beginning of a character are held back until it is whole;
 * bytes that are no UTF-8 become U+FFFD, one for each maximal part of a character (WHATWG Encoding).
 */
export class StreamDecoder {
  readonly #bytes: TokenBytes;
  readonly #special: boolean;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #stripsNext: boolean;

  constructor(bytes: TokenBytes, options: { readonly special: boolean; readonly stripLeadingSpace: boolean }) {
    this.#bytes = bytes;
    this.#special = options.special;
    this.#stripsNext = options.stripLeadingSpace;
  }

  /**
   * The text that is whole with this token; often empty.
   * @throws LlamaError `option` where `id` is not in the vocabulary; the decoder stays as it was
   */
  push(id: number): string {
    const bytes = this.#bytes.of(id, this.#special);
    const isStripped = this.#stripsNext && bytes[0] === SPACE;
    this.#stripsNext = false;
    return this.#decoder.decode(isStripped ? bytes.subarray(1) : bytes, { stream: true });
  }

  /** What is held back, as U+FFFD: after the last token. The next `push` begins a new text, its leading space kept. */
  flush(): string {
    return this.#decoder.decode();
  }
}
