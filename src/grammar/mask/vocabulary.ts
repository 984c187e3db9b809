import { grammarError } from "../errors.js";
import type { Regular } from "../regular/regular.js";
import type { TokenTerminal } from "../rules.js";
import type { Scan } from "./scan.js";
import { TokenTrie } from "./trie.js";

/** What a matcher asks of a tokenizer. */
export interface TokenVocabulary {
  /** Ids are 0 to `size - 1`. */
  readonly size: number;
  /** The text of a token; none of control tokens. */
  bytesOf(id: number): Uint8Array;
  isEndOfGeneration(id: number): boolean;
  findId(piece: string): number | undefined;
}

/**
 * Tokens of up to so many bytes have a tree of their own. How far a tree looks ahead decides which states it tells
 * apart: the short tokens see that a string of at most 20 characters is about to end only when it is.
 */
const LENGTHS = [8, 32, 65_535] as const;

/** Tokens too long to be worth a thought: no vocabulary has them. */
const LONGEST = 65_535;

/** Scans that are kept, in bytes. */
const MOST_SCANNED = 64 * 2 ** 20;

/** A vocabulary made ready for masks, once for all grammars. */
export class IndexedVocabulary {
  readonly size: number;
  /** Words of a mask. */
  readonly words: number;
  readonly tries: readonly TokenTrie[];
  readonly endIds: readonly number[];
  readonly #source: TokenVocabulary;
  readonly #scans = new Map<TokenTrie, Map<Regular, Scan>>();
  #scanned = 0;

  private constructor(source: TokenVocabulary) {
    const ids = Array.from({ length: source.size }, (_, id) => id);
    this.#source = source;
    this.size = source.size;
    this.words = Math.ceil(source.size / 32);
    this.endIds = ids.filter((id) => source.isEndOfGeneration(id));
    const ends = new Set(this.endIds);
    const spelled = ids.filter((id) => !ends.has(id)).map((id) => [id, source.bytesOf(id)] as const);
    this.tries = LENGTHS.map((most, i) => {
      const least = (LENGTHS[i - 1] ?? 0) + 1;
      return new TokenTrie(spelled.filter(([, { length }]) => length >= least && length <= Math.min(most, LONGEST)));
    }).filter(({ size }) => size > 0);
  }

  static #known = new WeakMap<TokenVocabulary, IndexedVocabulary>();

  /** The index of a tokenizer, which is made when it is first asked for. */
  static of(source: TokenVocabulary): IndexedVocabulary {
    let index = IndexedVocabulary.#known.get(source);
    if (index === undefined) {
      index = new IndexedVocabulary(source);
      IndexedVocabulary.#known.set(source, index);
    }
    return index;
  }

  bytesOf(id: number): Uint8Array {
    return this.#source.bytesOf(id);
  }

  /** What is known of a language's way through a tree. */
  scan(trie: TokenTrie, language: Regular, make: () => Scan): Scan {
    let scans = this.#scans.get(trie);
    if (scans === undefined) {
      scans = new Map();
      this.#scans.set(trie, scans);
    }
    let scan = scans.get(language);
    if (scan === undefined) {
      scan = make();
      this.#scanned += scan.tokens.byteLength + scan.accepting.byteLength + SCAN_OVERHEAD;
      if (this.#scanned > MOST_SCANNED) {
        for (const other of this.#scans.values()) other.clear();
        this.#scanned = 0;
      }
      scans.set(language, scan);
    }
    return scan;
  }

  /**
   * The ids that a token terminal names.
   * @throws LlamaError `grammar` where the vocabulary has no such token
   */
  resolve({ tokens }: TokenTerminal): ReadonlySet<number> {
    return new Set(
      tokens.map((token) => {
        const id = typeof token === "number" ? token : this.#source.findId(token);
        if (id !== undefined && id < this.size) return id;
        if (typeof token === "number") {
          throw grammarError(`The grammar names token ${token}, and the vocabulary has the ids 0 to ${this.size - 1}.`);
        }
        throw grammarError(`The grammar names the token ${JSON.stringify(token)}, which is not one in the vocabulary.`);
      }),
    );
  }
}

const SCAN_OVERHEAD = 400;
