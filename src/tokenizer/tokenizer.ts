import { LlamaError } from "../errors.js";
import type { Metadata } from "../gguf/metadata.js";
import { openGguf } from "../gguf/open.js";
import { BpeEncoder } from "./bpe.js";
import { type DecodeOptions, StreamDecoder, TokenBytes, unknownId } from "./decode.js";
import { readVocabulary } from "./read-vocabulary.js";
import { SpecialTokens } from "./special.js";
import { SpmEncoder } from "./spm.js";
import { TokenList } from "./token-list.js";
import { type TokenizerModel, TokenType, type Vocabulary } from "./vocab.js";

/** How text becomes ids. */
export interface EncodeOptions {
  /** Whether BOS is put in front, and EOS at the end where the model wants that; by default as the model says. */
  readonly addBos?: boolean | undefined;
  /** Whether text that spells a control token becomes that token; false unless given. */
  readonly parseSpecial?: boolean | undefined;
  /**
   * Whether text at the beginning gets the space that SentencePiece puts in front of text; by default as the model
   * says. False encodes text that continues other text. It changes nothing behind special tokens.
   */
  readonly addSpacePrefix?: boolean | undefined;
  /**
   * The most tokens there is room for: a longer text is an error, and one of many times the length is refused without
   * the work and memory of encoding it. By default 2^24, which no context holds.
   */
  readonly tokenLimit?: number | undefined;
}

/** Text to token ids and back, by the vocabulary of a model file. */
export class Tokenizer {
  readonly #vocabulary: Vocabulary;
  readonly #encoder: SpmEncoder | BpeEncoder;
  readonly #specials: SpecialTokens;
  readonly #bytes: TokenBytes;
  #idsByPiece: ReadonlyMap<string, number> | undefined;

  private constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
    this.#encoder = vocabulary.model === "spm" ? new SpmEncoder(vocabulary) : new BpeEncoder(vocabulary);
    this.#specials = new SpecialTokens(vocabulary);
    this.#bytes = new TokenBytes(vocabulary);
  }

  /**
   * Reads the vocabulary of a GGUF file, which may hold nothing else.
   * @throws LlamaError `not-found`, `unreadable`, `format`, `model`, `unsupported`
   */
  static async load(path: string | URL): Promise<Tokenizer> {
    return Tokenizer.fromMetadata(openGguf(path).metadata);
  }

  /**
   * Takes the vocabulary from metadata that has been read already.
   * @throws LlamaError `model` where it is damaged, `unsupported` where it is of another kind
   */
  static fromMetadata(metadata: Metadata): Tokenizer {
    return new Tokenizer(readVocabulary(metadata));
  }

  /** `spm` (SentencePiece, merged by score) or `bpe` (bytes, merged by rank). */
  get model(): TokenizerModel {
    return this.#vocabulary.model;
  }

  /** Tokens in the vocabulary; ids are 0 to `size - 1`. */
  get size(): number {
    return this.#vocabulary.pieces.length;
  }

  /** What was odd in the file and is read all the same: a sentence each, for a person. */
  get notes(): readonly string[] {
    return this.#vocabulary.notes;
  }

  /** Begin of sequence; undefined in the few files that have none. */
  get bosId(): number | undefined {
    return this.#vocabulary.bosId;
  }

  /** End of sequence; undefined in the few files that have none. */
  get eosId(): number | undefined {
    return this.#vocabulary.eosId;
  }

  /** Stands for what the vocabulary cannot spell; undefined where the file names none. */
  get unknownId(): number | undefined {
    return this.#vocabulary.unknownId;
  }

  /** End of a turn, where the vocabulary has a token for that. */
  get eotId(): number | undefined {
    return this.#vocabulary.eotId;
  }

  /** Whether `encode` puts BOS in front by default. */
  get addBos(): boolean {
    return this.#vocabulary.addBos;
  }

  /** Whether `encode` puts EOS at the end when it may add tokens of its own. */
  get addEos(): boolean {
    return this.#vocabulary.addEos;
  }

  /** Whether `encode` puts a space before text at the start and after special tokens. */
  get addSpacePrefix(): boolean {
    return this.#vocabulary.addSpacePrefix;
  }

  /**
   * The ids of a text. In this order: BOS, where `addBos` is true or, not being given, the model's metadata ask for
   * it; the text's tokens; EOS, where the metadata ask for it and `addBos` is not given as false. Empty text has no
   * tokens of its own.
   *
   * User-defined tokens are recognised in the text always, control tokens and the unknown token only with
   * `parseSpecial`. With SentencePiece each stretch of text that comes first or follows such a token gets a space in
   * front, unless the metadata or `addSpacePrefix` say otherwise, and U+2581 is the same as a space. Lone surrogates
   * become U+FFFD. Takes O(n log n) time.
   * @throws LlamaError `option` where `addBos` is true and the vocabulary has no BOS; `context` where the tokens are
   *   more than `tokenLimit`; `model` where a byte of the text has no token
   */
  encode(text: string, options: EncodeOptions = {}): number[] {
    const { bosId, eosId, addBos, addEos, addSpacePrefix } = this.#vocabulary;
    const list = new TokenList(options.tokenLimit, Math.max(this.#encoder.longest, this.#specials.longest));
    list.requireRoom(text.length);
    const { ids } = list;
    if (options.addBos ?? addBos) {
      if (bosId === undefined) {
        throw new LlamaError("option", "addBos is true, but the vocabulary has no BOS token; leave addBos out.");
      }
      ids.push(bosId);
    }
    const wellFormed = text.replace(/\p{Surrogate}/gu, "\ufffd");
    let isPrefixed = options.addSpacePrefix ?? addSpacePrefix;
    for (const fragment of this.#specials.split(wellFormed, options.parseSpecial ?? false)) {
      if (typeof fragment === "number") ids.push(fragment);
      else this.#encoder.encode(isPrefixed ? ` ${fragment}` : fragment, list);
      isPrefixed = addSpacePrefix && typeof fragment === "number";
    }
    if (addEos && eosId !== undefined && options.addBos !== false) ids.push(eosId);
    list.requireRoom(0);
    return ids;
  }

  /**
   * The text of ids. Unless the options say otherwise, control tokens are written out, and of the very first token
   * one leading space is left out where `encode` adds one: text encoded without BOS comes back as it was. Bytes
   * that are no UTF-8 become U+FFFD.
   * @throws LlamaError `option` where an id is not in the vocabulary
   */
  decode(ids: Iterable<number>, options: DecodeOptions = {}): string {
    const decoder = new StreamDecoder(this.#bytes, {
      special: options.special ?? true,
      stripLeadingSpace: options.stripLeadingSpace ?? this.#vocabulary.addSpacePrefix,
    });
    let text = "";
    for (const id of ids) text += decoder.push(id);
    return text + decoder.flush();
  }

  /**
   * A decoder for ids as they are generated. Unless the options say otherwise, control tokens print nothing and a
   * leading space is kept, as befits the continuation of a prompt. With the options of `decode`, the texts it
   * gives add up to what `decode` returns.
   */
  createDecoder(options: DecodeOptions = {}): StreamDecoder {
    return new StreamDecoder(this.#bytes, {
      special: options.special ?? false,
      stripLeadingSpace: options.stripLeadingSpace ?? false,
    });
  }

  /**
   * A token as written in the vocabulary: with U+2581 for space, or in GPT-2's byte letters. From the file, so
   * print it through `printable`.
   * @throws LlamaError `option` where `id` is not in the vocabulary
   */
  piece(id: number): string {
    const piece = this.#vocabulary.pieces[id];
    if (piece === undefined) throw unknownId(id, this.#vocabulary);
    return piece;
  }

  /**
   * The bytes of text that a token stands for, with a space where the vocabulary has U+2581; not always whole
   * characters. Control tokens and the unknown token have none. Not to be changed.
   * @throws LlamaError `option` where `id` is not in the vocabulary
   */
  bytesOf(id: number): Uint8Array {
    return this.#bytes.of(id, false);
  }

  /** The lowest id of a token of any type, written as in the vocabulary. */
  findId(piece: string): number | undefined {
    this.#idsByPiece ??= new Map(this.#vocabulary.pieces.map((text, id) => [text, id] as const).reverse());
    return this.#idsByPiece.get(piece);
  }

  /** Whether a generation stops at this token: EOS, end of turn, or a well-known piece of that meaning. */
  isEndOfGeneration(id: number): boolean {
    return this.#vocabulary.endIds.has(id);
  }

  /** Whether the token is a control token, which stands for no text. */
  isControl(id: number): boolean {
    return this.#vocabulary.types[id] === TokenType.control;
  }

  /** Whether the token is a user-defined one, which `encode` finds in any text. */
  isUserDefined(id: number): boolean {
    return this.#vocabulary.types[id] === TokenType.userDefined;
  }
}
