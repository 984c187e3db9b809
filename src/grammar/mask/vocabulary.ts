import { printableJson } from "../../errors.js";
import { grammarError } from "../errors.js";
import type { Regular } from "../regular/regular.js";
import type { TokenTerminal } from "../rules.js";
import { spend } from "../work.js";
import { type Scan, scanBeside, scanTrie, usualState } from "./scan.js";
import { TokenTrie } from "./trie.js";

/** What a matcher asks of a tokenizer. */
export interface TokenVocabulary {
  /** Ids are 0 to `size - 1`. */
  readonly size: number;
  /** The text of a token; none of control tokens. */
  bytesOf(id: number): Uint8Array;
  /** Whether a token ends the answer. */
  isEndOfGeneration(id: number): boolean;
  /** The id of a token as the vocabulary writes it; undefined where there is no such token. */
  findId(piece: string): number | undefined;
}

/**
 * Tokens of up to so many bytes have a tree of their own. How far a tree looks ahead decides which states it tells
 * apart: the short tokens see that a string of at most 20 characters is about to end only when it is.
 */
const LENGTHS = [8, 32, 65_535] as const;

/** Tokens too long to be worth a thought: no vocabulary has them. */
const LONGEST = 65_535;

/** Bytes of scans that one generation keeps. */
const MOST_SCANNED = 32 * 2 ** 20;

/** Two generations: what was not asked for while one grew full is forgotten with the next. */
interface ScanCache {
  young: Map<Regular, Scan>;
  old: Map<Regular, Scan>;
}

/** A vocabulary made ready for masks, once for all grammars. */
export class IndexedVocabulary {
  readonly size: number;
  /** Words of a mask. */
  readonly words: number;
  readonly tries: readonly TokenTrie[];
  readonly endIds: readonly number[];
  readonly #source: TokenVocabulary;
  readonly #scans: ReadonlyMap<TokenTrie, ScanCache>;
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
    this.#scans = new Map(this.tries.map((trie) => [trie, { young: new Map(), old: new Map() }]));
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

  /** How a language meets the tokens of a tree: what is known, or what is found now. */
  scan(trie: TokenTrie, language: Regular): Scan {
    const cache = this.#scans.get(trie) as ScanCache;
    let scan = cache.young.get(language);
    if (scan !== undefined) return scan;
    scan = cache.old.get(language) ?? this.#find(trie, language);
    this.#scanned += scan.tokens.byteLength + scan.accepting.byteLength + SCAN_OVERHEAD;
    if (this.#scanned > MOST_SCANNED) {
      for (const other of this.#scans.values()) {
        other.old = other.young;
        other.young = new Map();
      }
      this.#scanned = 0;
    }
    cache.young.set(language, scan);
    return scan;
  }

  #find(trie: TokenTrie, language: Regular): Scan {
    const usual = usualState(language);
    if (usual !== undefined) {
      const scan = this.scan(trie, usual);
      if (scan.isMask) return scanBeside(language, usual, scan, trie);
    }
    return scanTrie(language, trie, this.words);
  }

  /** Whether a mask has a token that begins with these bytes and has more. */
  hasLonger(beginning: Uint8Array, mask: Uint32Array): boolean {
    return this.tries.some((trie) => {
      const node = trie.find(beginning);
      if (node === undefined) return false;
      const { tokens, ends } = trie;
      spend((ends[node] as number) - node);
      for (let below = node + 1; below < (ends[node] as number); below++) {
        const id = tokens[below] as number;
        if (id >= 0 && (((mask[id >>> 5] as number) >>> (id & 31)) & 1) === 1) return true;
      }
      return false;
    });
  }

  /**
   * The ids that a token terminal names.
   * @throws LlamaError `grammar` where the vocabulary has no such token, or it ends the generation
   */
  resolve({ tokens, isNegated }: TokenTerminal): ReadonlySet<number> {
    return new Set(
      tokens.map((token) => {
        const id = this.#idOf(token);
        if (isNegated || !this.endIds.includes(id)) return id;
        throw grammarError(
          `The grammar names the token ${printableJson(token)}, which ends the generation wherever the grammar does; leave it out.`,
        );
      }),
    );
  }

  #idOf(token: number | string): number {
    const id = typeof token === "number" ? token : this.#source.findId(token);
    if (id !== undefined && id < this.size) return id;
    if (typeof token === "number") {
      throw grammarError(`The grammar names token ${token}, and the vocabulary has the ids 0 to ${this.size - 1}.`);
    }
    throw grammarError(`The grammar names the token ${printableJson(token)}, which is not one in the vocabulary.`);
  }
}

const SCAN_OVERHEAD = 400;
