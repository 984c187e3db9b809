import { LlamaError } from "../errors.js";
import { byteLetters, toByteLetters } from "./byte-letters.js";
import { type MergeRules, Merger } from "./merge.js";
import { findPreTokenizer, type PreTokenizer, splitWords } from "./pretokenize/pre-tokenizers.js";
import type { TokenList } from "./token-list.js";
import { textTokenIds, type Vocabulary } from "./vocab.js";
import { WordCache } from "./word-cache.js";

/**
 * Byte-level BPE (Radford et al., 2019, "Language Models are Unsupervised Multitask Learners"): the text is cut into
 * words by the model's pre-tokenizer, and the UTF-8 bytes of each word are merged pair by pair in the order of the
 * list of merges.
 *
 * Tolerated: merges that lead to no token (their bytes are then written one by one) and bytes that have no token:
 * they become the unknown token, and without one `encode` throws a LlamaError `model` on text that has them.
 */
export class BpeEncoder {
  readonly #pre: PreTokenizer;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #symbols: SymbolTable;
  readonly #merger: Merger;
  readonly #cache = new WordCache();

  /** Bytes of the longest token that text becomes: so many UTF-16 units at most. */
  get longest(): number {
    return this.#symbols.longest;
  }

  constructor(vocabulary: Vocabulary) {
    this.#pre = findPreTokenizer(vocabulary.pre);
    this.#ids = textTokenIds(vocabulary);
    this.#symbols = new SymbolTable(vocabulary, this.#ids);
    this.#merger = new Merger(new BpeRules(vocabulary.merges, this.#symbols));
  }

  /**
   * Appends the ids of well-formed `text`.
   * @throws LlamaError `context` where they are too many
   */
  encode(text: string, list: TokenList): void {
    for (const word of splitWords(text, this.#pre)) this.#encodeWord(word, list);
  }

  #encodeWord(word: string, list: TokenList): void {
    list.requireRoom(word.length);
    const { ids } = list;
    const known = this.#cache.get(word);
    if (known !== undefined) {
      for (const id of known) ids.push(id);
      return;
    }
    const from = ids.length;
    const bytes = utf8.encode(word);
    const whole = this.#pre.ignoresMerges ? this.#wholeToken(bytes) : undefined;
    if (whole === undefined) this.#mergeBytes(bytes, ids);
    else ids.push(whole);
    this.#cache.set(word, ids, from);
  }

  #wholeToken(bytes: Uint8Array): number | undefined {
    return bytes.length > this.#symbols.longest ? undefined : this.#ids.get(toByteLetters(bytes));
  }

  #mergeBytes(bytes: Uint8Array, ids: number[]): void {
    const symbols = Int32Array.from(bytes, (byte) => this.#symbols.ofByte(byte));
    const count = this.#merger.merge(symbols, symbols.length);
    for (let i = 0; i < count; i++) this.#symbols.write(symbols[i] as number, ids);
  }
}

const utf8 = new TextEncoder();

/**
 * What merging works on: tokens under their own id, and from `size` on the texts that are no token, which a merge
 * names or a byte needs.
 */
class SymbolTable {
  /** UTF-16 units of the longest token. */
  readonly longest: number;
  readonly #size: number;
  readonly #symbols: Map<string, number>;
  readonly #extra: string[] = [];
  readonly #byteSymbols: Int32Array;
  readonly #unknownId: number | undefined;

  constructor({ pieces, unknownId }: Vocabulary, ids: ReadonlyMap<string, number>) {
    this.#size = pieces.length;
    this.#symbols = new Map(ids);
    this.#unknownId = unknownId;
    this.longest = [...ids.keys()].reduce((longest, piece) => Math.max(longest, piece.length), 0);
    this.#byteSymbols = Int32Array.from(byteLetters(), (letter) => this.of(letter));
  }

  get count(): number {
    return this.#size + this.#extra.length;
  }

  of(text: string): number {
    const known = this.#symbols.get(text);
    if (known !== undefined) return known;
    const symbol = this.count;
    this.#extra.push(text);
    this.#symbols.set(text, symbol);
    return symbol;
  }

  ofByte(byte: number): number {
    return this.#byteSymbols[byte] as number;
  }

  /** Appends the token of a symbol, or those of its letters where it is none. */
  write(symbol: number, ids: number[]): void {
    if (symbol < this.#size) {
      ids.push(symbol);
      return;
    }
    for (const letter of this.#extra[symbol - this.#size] as string) {
      const id = this.of(letter);
      ids.push(id < this.#size ? id : this.#unknown(letter));
    }
  }

  #unknown(letter: string): number {
    if (this.#unknownId !== undefined) return this.#unknownId;
    const byte = byteLetters().indexOf(letter).toString(16).padStart(2, "0");
    throw new LlamaError(
      "model",
      `The text has the byte 0x${byte}, for which the vocabulary has neither a token nor an unknown token; leave it out or use another model.`,
    );
  }
}

/** A merge is a line of the list, and its rank. Of two that merge the same pair the first counts. */
class BpeRules implements MergeRules {
  readonly ranks: Int32Array;
  readonly results: Int32Array;
  readonly #merges = new Map<number, number>();

  constructor(merges: readonly string[], symbols: SymbolTable) {
    this.ranks = Int32Array.from(merges, (_, rank) => rank);
    this.results = new Int32Array(merges.length);
    merges.forEach((merge, rank) => {
      const space = merge.indexOf(" ", 1);
      const left = merge.slice(0, space);
      const right = merge.slice(space + 1);
      const pair = pairKey(symbols.of(left), symbols.of(right));
      this.results[rank] = symbols.of(left + right);
      if (!this.#merges.has(pair)) this.#merges.set(pair, rank);
    });
  }

  find(left: number, right: number): number {
    return this.#merges.get(pairKey(left, right)) ?? -1;
  }
}

/**
 * Symbols are at most 2^21 tokens, 256 bytes and three texts for each of 2^21 merges: below 2^23, a pair below 2^46.
 */
function pairKey(left: number, right: number): number {
  return left * 2 ** 23 + right;
}
