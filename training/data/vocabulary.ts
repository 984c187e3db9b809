import { Metadata, type MetadataEntry } from "#dist/gguf/metadata.js";
import { Tokenizer } from "#dist/tokenizer/tokenizer.js";

/** Stands for a space in pieces, as in SentencePiece. */
const SPACE = "▁";

/** The types of tokens in GGUF files. */
const TYPE = { normal: 1, unknown: 2, control: 3, byte: 6 } as const;

export interface Piece {
  readonly text: string;
  readonly score: number;
  readonly type: number;
}

/** How texts are cut before pieces are learned, and which pieces there shall be in any case. */
export interface VocabularyStyle {
  /** What no piece goes beyond. */
  readonly unit: RegExp;
  /** Whether texts begin with a space that is not theirs. */
  readonly hasSpacePrefix: boolean;
  /** Merges that come before those that are learned. */
  readonly first: readonly (readonly [left: string, right: string])[];
  /** Control tokens, the last of all. */
  readonly last: readonly string[];
}

/** A space with the letters behind it, one digit, or other characters together. */
const PROSE: VocabularyStyle = {
  unit: /▁?\p{L}+|\d|▁?[^\p{L}\d▁\s]+|▁|\s/gu,
  hasSpacePrefix: true,
  first: [],
  last: [],
};

/**
 * Learns a SentencePiece-style vocabulary by byte-pair encoding (Sennrich et al. 2016): control tokens, the 256
 * bytes, the most frequent merges by rank, and the characters. Of prose, no piece crosses a space, joins digits, or
 * joins letters with punctuation, so sums see digit by digit and words keep their spelling before a comma.
 * @param size pieces in all
 */
export function learnVocabulary(texts: Iterable<string>, size: number, style = PROSE): Piece[] {
  const words = countWords(texts, style);
  const characters = [...new Set(words.flatMap(({ symbols }) => symbols))].sort();
  const special: Piece[] = [
    { text: "<unk>", score: 0, type: TYPE.unknown },
    { text: "<s>", score: 0, type: TYPE.control },
    { text: "</s>", score: 0, type: TYPE.control },
    ...Array.from({ length: 256 }, (_, byte) => ({
      text: `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`,
      score: 0,
      type: TYPE.byte,
    })),
  ];
  const merges: string[] = [];
  const known = new Set(characters);
  const merge = ({ left, right }: Pair) => {
    const merged = left + right;
    // The same text may come from two pairs; it is one piece, whose first rank counts.
    if (!known.has(merged)) merges.push(merged);
    known.add(merged);
    for (const word of words) mergePair(word.symbols, left, right);
  };
  for (const [left, right] of style.first) merge({ left, right });
  while (special.length + merges.length + characters.length + style.last.length < size) {
    const best = mostFrequentPair(words);
    if (best === undefined) break;
    merge(best);
  }
  const learned = [...merges, ...characters].map((text, rank) => ({ text, score: -rank, type: TYPE.normal }));
  return [...special, ...learned, ...style.last.map((text) => ({ text, score: 0, type: TYPE.control }))];
}

/** The pieces for filling in a gap, by the keys that GGUF files have for their ids. */
export const INFILL_PIECES = {
  fim_pre: "▁<PRE>",
  fim_suf: "▁<SUF>",
  fim_mid: "▁<MID>",
  eot: "▁<EOT>",
} as const;

/** What a GGUF file says of this vocabulary. One for filling in puts no space before texts: a gap is anywhere. */
export function vocabularyMetadata(pieces: readonly Piece[]): [string, MetadataEntry][] {
  const infill = Object.entries(INFILL_PIECES).flatMap(([key, piece]): [string, MetadataEntry][] => {
    const id = pieces.findIndex(({ text }) => text === piece);
    return id < 0 ? [] : [[`tokenizer.ggml.${key}_token_id`, { type: "u32", value: id }]];
  });
  return [
    ["tokenizer.ggml.model", { type: "string", value: "llama" }],
    ["tokenizer.ggml.tokens", { type: "array", elementType: "string", value: pieces.map(({ text }) => text) }],
    [
      "tokenizer.ggml.scores",
      { type: "array", elementType: "f32", value: Float32Array.from(pieces, ({ score }) => score) },
    ],
    [
      "tokenizer.ggml.token_type",
      { type: "array", elementType: "i32", value: Int32Array.from(pieces, ({ type }) => type) },
    ],
    ["tokenizer.ggml.bos_token_id", { type: "u32", value: 1 }],
    ["tokenizer.ggml.eos_token_id", { type: "u32", value: 2 }],
    ["tokenizer.ggml.unknown_token_id", { type: "u32", value: 0 }],
    ["tokenizer.ggml.add_bos_token", { type: "bool", value: true }],
    ["tokenizer.ggml.add_eos_token", { type: "bool", value: false }],
    ["tokenizer.ggml.add_space_prefix", { type: "bool", value: infill.length === 0 }],
    ...infill,
  ];
}

/** The product's own tokenizer for these pieces: what is learned is what will be read. */
export function tokenizerOf(pieces: readonly Piece[]): Tokenizer {
  return Tokenizer.fromMetadata(new Metadata(new Map(vocabularyMetadata(pieces))));
}

interface Word {
  readonly symbols: string[];
  readonly count: number;
}

function countWords(texts: Iterable<string>, { unit: pattern, hasSpacePrefix }: VocabularyStyle): Word[] {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const [unit] of `${hasSpacePrefix ? SPACE : ""}${text.replaceAll(" ", SPACE)}`.matchAll(pattern)) {
      counts.set(unit, (counts.get(unit) ?? 0) + 1);
    }
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([unit, count]) => ({ symbols: [...unit], count }));
}

interface Pair {
  readonly left: string;
  readonly right: string;
}

/** Ties go to the pair that comes first in the order of words. */
function mostFrequentPair(words: readonly Word[]): Pair | undefined {
  const counts = new Map<string, Pair & { count: number }>();
  for (const { symbols, count } of words) {
    for (let i = 0; i + 1 < symbols.length; i++) {
      const left = symbols[i] as string;
      const right = symbols[i + 1] as string;
      const key = `${left} ${right}`;
      const pair = counts.get(key);
      if (pair === undefined) counts.set(key, { left, right, count });
      else pair.count += count;
    }
  }
  let best: (Pair & { count: number }) | undefined;
  for (const pair of counts.values()) if (best === undefined || pair.count > best.count) best = pair;
  return best;
}

function mergePair(symbols: string[], left: string, right: string): void {
  for (let i = 0; i + 1 < symbols.length; i++) {
    if (symbols[i] === left && symbols[i + 1] === right) symbols.splice(i, 2, left + right);
  }
}
