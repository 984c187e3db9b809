import { type MergeRules, Merger } from "./merge.js";
import { STRETCH, type TokenList } from "./token-list.js";
import { byteOfPiece, TokenType, textTokenIds, type Vocabulary } from "./vocab.js";
import { WordCache } from "./word-cache.js";

const SPACE_MARK = "▁";
/** Bits of the table of neighbouring characters; about a twentieth are set by a vocabulary of 32000. */
const NEIGHBOUR_BITS = 20;

/**
 * SentencePiece's BPE (Kudo and Richardson, 2018, https://arxiv.org/abs/1808.06226): the text's characters, spaces
 * written as U+2581, are merged pair by pair, always the pair whose concatenation is the token of the highest
 * score and the leftmost of equals. Characters that are no token become their UTF-8 bytes as `<0xNN>` tokens, or
 * the unknown token where the vocabulary lacks one of those.
 *
 * The text is cut first where no token has the two characters side by side. No merge can cross such a cut, so the
 * result is the same, and it makes words of a few characters out of a prompt of megabytes.
 */
export class SpmEncoder {
  /** UTF-16 units of the longest token that text becomes. */
  readonly longest: number;
  readonly #size: number;
  readonly #characters = new Map<number, number>();
  readonly #byteIds: Int32Array;
  readonly #unknownId: number;
  readonly #neighbours: NeighbourSet;
  readonly #merger: Merger;
  readonly #cache = new WordCache();

  constructor(vocabulary: Vocabulary) {
    const ids = textTokenIds(vocabulary);
    this.#size = vocabulary.pieces.length;
    this.#neighbours = new NeighbourSet();
    for (const [piece, id] of ids) {
      if (this.#neighbours.addAll(piece) === 1) this.#characters.set(piece.codePointAt(0) as number, id);
    }
    this.#byteIds = findByteIds(vocabulary, this.#characters);
    this.#unknownId = vocabulary.unknownId ?? 0;
    // A character of two units that is no token may become the unknown token.
    this.longest = [...ids.keys()].reduce((longest, piece) => Math.max(longest, piece.length), 2);
    this.#merger = new Merger(new SpmRules(vocabulary, ids, this.longest));
  }

  /**
   * Appends the ids of well-formed `text`, a stretch at a time, and yields how many units of it are done. Adds no space
   * in front.
   * @throws LlamaError `context` where they are too many
   */
  *encode(text: string, list: TokenList): Generator<number, void> {
    const marked = text.replaceAll(" ", SPACE_MARK);
    for (let start = 0; start < marked.length; ) {
      start = this.#encodeStretch(marked, start, list);
      yield start;
    }
  }

  /** Encodes the words that begin in the next stretch, and returns where the last of them ends. */
  #encodeStretch(marked: string, from: number, list: TokenList): number {
    const least = from + STRETCH;
    let start = from;
    let previous = -1;
    for (let at = from; at < marked.length; ) {
      const character = marked.codePointAt(at) as number;
      if (previous >= 0 && !this.#neighbours.has(previous, character)) {
        this.#encodeWord(marked.slice(start, at), list);
        if (at >= least) return at;
        start = at;
      }
      previous = character;
      at += character > 0xffff ? 2 : 1;
    }
    this.#encodeWord(marked.slice(start), list);
    return marked.length;
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
    const symbols = new Int32Array(word.length);
    let count = 0;
    for (let at = 0; at < word.length; ) {
      const character = word.codePointAt(at) as number;
      symbols[count++] = this.#characters.get(character) ?? this.#size + character;
      at += character > 0xffff ? 2 : 1;
    }
    count = this.#merger.merge(symbols, count);
    for (let i = 0; i < count; i++) {
      const symbol = symbols[i] as number;
      if (symbol < this.#size) ids.push(symbol);
      else this.#spell(symbol - this.#size, ids);
    }
    this.#cache.set(word, ids, from);
  }

  /** A character that is no token, as its bytes. */
  #spell(character: number, ids: number[]): void {
    const bytes = utf8.encode(String.fromCodePoint(character));
    if (bytes.some((byte) => this.#byteIds[byte] === -1)) {
      ids.push(this.#unknownId);
      return;
    }
    for (const byte of bytes) ids.push(this.#byteIds[byte] as number);
  }
}

const utf8 = new TextEncoder();

/** By byte: its token, or the token of the ASCII character it is, or -1. */
function findByteIds({ pieces, types }: Vocabulary, characters: ReadonlyMap<number, number>): Int32Array {
  const byteIds = new Int32Array(256).map((_, byte) => (byte < 128 ? (characters.get(byte) ?? -1) : -1));
  for (let id = pieces.length - 1; id >= 0; id--) {
    if (types[id] !== TokenType.byte) continue;
    const byte = byteOfPiece(pieces[id] ?? "");
    if (byte !== undefined) byteIds[byte] = id;
  }
  return byteIds;
}

/** Pairs of characters that stand side by side in some token; may also say so of a few that do not. */
class NeighbourSet {
  readonly #bits = new Uint8Array(1 << (NEIGHBOUR_BITS - 3));

  /** Adds a piece's neighbours and returns the number of its characters. */
  addAll(piece: string): number {
    let count = 0;
    let previous = -1;
    for (let at = 0; at < piece.length; count++) {
      const character = piece.codePointAt(at) as number;
      if (previous >= 0) {
        const bit = neighbourBit(previous, character);
        this.#bits[bit >>> 3] = (this.#bits[bit >>> 3] as number) | (1 << (bit & 7));
      }
      previous = character;
      at += character > 0xffff ? 2 : 1;
    }
    return count;
  }

  has(left: number, right: number): boolean {
    const bit = neighbourBit(left, right);
    return ((this.#bits[bit >>> 3] as number) & (1 << (bit & 7))) !== 0;
  }
}

function neighbourBit(left: number, right: number): number {
  return (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)) >>> (32 - NEIGHBOUR_BITS);
}

/** Entries of the cache of pairs; a power of two. */
const PAIR_CACHE_SIZE = 1 << 16;
/** Above every symbol: 2^21 tokens and the code points after them. */
const SYMBOL_LIMIT = 2 ** 22;

/**
 * A merge is a token. Symbols are tokens, and from `size` on the characters that are none. The pairs seen last are
 * cached in a table of fixed size, which a hostile prompt can make useless but not large.
 */
class SpmRules implements MergeRules {
  readonly ranks: Int32Array;
  readonly results: Int32Array;
  readonly #pieces: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;
  readonly #longest: number;
  readonly #cachedPairs = new Float64Array(PAIR_CACHE_SIZE).fill(-1);
  readonly #cachedMerges = new Int32Array(PAIR_CACHE_SIZE);

  constructor({ pieces, scores }: Vocabulary, ids: ReadonlyMap<string, number>, longest: number) {
    this.#pieces = pieces;
    this.#ids = ids;
    this.#longest = longest;
    this.ranks = rankByScore(scores);
    this.results = Int32Array.from(scores, (_, id) => id);
  }

  find(left: number, right: number): number {
    const pair = left * SYMBOL_LIMIT + right;
    const slot = (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)) >>> 16;
    if (this.#cachedPairs[slot] === pair) return this.#cachedMerges[slot] as number;
    const leftText = this.#textOf(left);
    const rightText = this.#textOf(right);
    const merge = leftText.length + rightText.length > this.#longest ? -1 : (this.#ids.get(leftText + rightText) ?? -1);
    this.#cachedPairs[slot] = pair;
    this.#cachedMerges[slot] = merge;
    return merge;
  }

  #textOf(symbol: number): string {
    return this.#pieces[symbol] ?? String.fromCodePoint(symbol - this.#pieces.length);
  }
}

/** Ranks from 0, the highest score first; equal scores share one, so that the leftmost pair goes first. */
function rankByScore(scores: Float64Array): Int32Array {
  const descending = Float64Array.from(new Set(scores)).sort().reverse();
  const ranks = new Map<number, number>();
  descending.forEach((score, rank) => {
    ranks.set(score, rank);
  });
  return Int32Array.from(scores, (score) => ranks.get(score) as number);
}
