import { LlamaError, printable } from "../errors.js";
import type { Metadata } from "../gguf/metadata.js";
import { findPreTokenizer } from "./pretokenize/pre-tokenizers.js";

/** What a token is for (`tokenizer.ggml.token_type`). */
export const TokenType = {
  undefined: 0,
  normal: 1,
  unknown: 2,
  control: 3,
  userDefined: 4,
  unused: 5,
  byte: 6,
} as const;

const LAST_TOKEN_TYPE = TokenType.byte;

/** `spm`: SentencePiece BPE, merged by score. `bpe`: byte-level BPE as in GPT-2, merged by rank. */
export type TokenizerModel = "spm" | "bpe";

/** The vocabulary of a model file, validated: every id in it lies within `pieces`. */
export interface Vocabulary {
  readonly model: TokenizerModel;
  /** `general.name`, or "unnamed"; from the file, so print it through `printable`. */
  readonly name: string;
  /** The pre-tokenizer's name (`tokenizer.ggml.pre`); "default" where the file has none. */
  readonly pre: string;
  /** By id, as written in the file: with U+2581 for space in `spm`, with GPT-2's byte letters in `bpe`. */
  readonly pieces: readonly string[];
  /** By id; higher merges first. Empty for `bpe`. */
  readonly scores: Float64Array;
  /** By id, values of `TokenType`. */
  readonly types: Uint8Array;
  /** `left right`, first merged first. Empty for `spm`. */
  readonly merges: readonly string[];
  readonly bosId: number | undefined;
  readonly eosId: number | undefined;
  readonly unknownId: number | undefined;
  /** End of a turn, by its key or by a well-known name. */
  readonly eotId: number | undefined;
  /** Every id that ends a generation: EOS, EOT and the well-known names. */
  readonly endIds: ReadonlySet<number>;
  readonly addBos: boolean;
  readonly addEos: boolean;
  /** Whether text that starts a prompt or follows a special token gets a space in front (`spm` only). */
  readonly addSpacePrefix: boolean;
}

/**
 * Pieces that end a turn or a text. Some converters mark them as ordinary or user-defined tokens; text that
 * spells one would then end the turn, so they count as control tokens whatever the file says.
 */
const END_PIECES = [
  "<|eot_id|>",
  "<|im_end|>",
  "<|end|>",
  "<end_of_turn>",
  "<|endoftext|>",
  "<|end_of_text|>",
  "<EOT>",
  "▁<EOT>",
  "<｜end▁of▁sentence｜>",
  "<end_of_utterance>",
  "<|eom_id|>",
] as const;

/** Ends a message that waits for a tool's answer: the generation stops, but it is not the end of the turn. */
const END_OF_MESSAGE = "<|eom_id|>";

/**
 * Reads and checks the vocabulary. Tolerated: duplicate pieces (the lowest id encodes, each decodes), empty
 * pieces (never encoded), token types absent (all normal), a token type of 0.
 * @throws LlamaError `model` where arrays disagree or an id is out of range, `unsupported` for another kind of
 *   tokenizer or pre-tokenizer
 */
export function readVocabulary(metadata: Metadata): Vocabulary {
  const model = readModel(metadata);
  const pieces = metadata.getStrings("tokenizer.ggml.tokens");
  const size = pieces.length;
  if (size === 0) throw damaged("Metadata key tokenizer.ggml.tokens is empty, and a vocabulary was wanted");
  const types = readTypes(metadata, size);
  const ends = findEnds(pieces, types);
  const isSpm = model === "spm";
  const pre = metadata.findString("tokenizer.ggml.pre") ?? "default";
  const bosId = readId(metadata, "bos", size, isSpm ? 1 : undefined);
  const eosId = readId(metadata, "eos", size, isSpm ? 2 : undefined);
  const unknownId = readId(metadata, "unknown", size, isSpm ? 0 : undefined);
  const eotId = readId(metadata, "eot", size, endOfTurn(pieces, ends));
  for (const id of [eosId, eotId]) if (id !== undefined) ends.add(id);
  if (isSpm) checkBytePieces(pieces, types);
  return {
    model,
    name: metadata.findString("general.name") ?? "unnamed",
    pre,
    pieces,
    scores: isSpm ? readScores(metadata, size) : new Float64Array(0),
    types,
    merges: isSpm ? [] : readMerges(metadata),
    bosId,
    eosId,
    unknownId,
    eotId,
    endIds: ends,
    addBos: readAdd(metadata, "bos", bosId, isSpm || findPreTokenizer(pre).addBos),
    addEos: readAdd(metadata, "eos", eosId, false),
    addSpacePrefix: isSpm && (metadata.findBoolean("tokenizer.ggml.add_space_prefix") ?? true),
  };
}

/** Ids by piece: of duplicates the lowest, and only tokens that ordinary text may become. */
export function textTokenIds({ pieces, types }: Vocabulary): Map<string, number> {
  const ids = new Map<string, number>();
  pieces.forEach((piece, id) => {
    if (piece !== "" && isTextType(types[id]) && !ids.has(piece)) ids.set(piece, id);
  });
  return ids;
}

/** A prompt's words must not turn into a control token by merging, nor `<0x0A>` into a line break. */
function isTextType(type: number | undefined): boolean {
  return type !== TokenType.control && type !== TokenType.unknown && type !== TokenType.byte;
}

/** The byte that a piece of type `byte` stands for, or undefined where it is not spelled `<0xNN>`. */
export function byteOfPiece(piece: string): number | undefined {
  const match = /^<0x([0-9A-Fa-f]{2})>$/.exec(piece);
  return match?.[1] === undefined ? undefined : Number.parseInt(match[1], 16);
}

function readModel(metadata: Metadata): TokenizerModel {
  const name = metadata.getString("tokenizer.ggml.model");
  if (name === "llama") return "spm";
  if (name === "gpt2") return "bpe";
  throw new LlamaError(
    "unsupported",
    `The model's tokenizer is of the kind "${printable(name)}"; "llama" (SentencePiece) and "gpt2" (byte-level BPE) are supported.`,
  );
}

function readTypes(metadata: Metadata, size: number): Uint8Array {
  const given = metadata.findNumbers("tokenizer.ggml.token_type");
  if (given === undefined) return new Uint8Array(size).fill(TokenType.normal);
  checkLength("tokenizer.ggml.token_type", given.length, size);
  const wrong = given.findIndex((type) => !Number.isInteger(type) || type < 0 || type > LAST_TOKEN_TYPE);
  if (wrong >= 0) {
    throw damaged(`Token ${wrong} has the type ${given[wrong]}, and 0 to ${LAST_TOKEN_TYPE} are known`);
  }
  return Uint8Array.from(given);
}

function readScores(metadata: Metadata, size: number): Float64Array {
  const scores = metadata.findNumbers("tokenizer.ggml.scores");
  if (scores === undefined) {
    throw damaged("Metadata key tokenizer.ggml.scores is missing, and a SentencePiece vocabulary needs it");
  }
  checkLength("tokenizer.ggml.scores", scores.length, size);
  const wrong = scores.findIndex(Number.isNaN);
  if (wrong >= 0) throw damaged(`Token ${wrong} has the score NaN, and a number was wanted`);
  return scores;
}

function readMerges(metadata: Metadata): readonly string[] {
  const merges = metadata.getStrings("tokenizer.ggml.merges");
  const wrong = merges.findIndex((merge) => {
    const space = merge.indexOf(" ", 1);
    return space < 0 || space === merge.length - 1;
  });
  if (wrong < 0) return merges;
  throw damaged(
    `Merge ${wrong} is "${printable(merges[wrong] ?? "")}", and two pieces with a space between were wanted`,
  );
}

function checkBytePieces(pieces: readonly string[], types: Uint8Array): void {
  pieces.forEach((piece, id) => {
    if (types[id] === TokenType.byte && byteOfPiece(piece) === undefined) {
      throw damaged(`Token ${id} of type byte is "${printable(piece)}", and <0x00> to <0xFF> were wanted`);
    }
  });
}

/** The ids of the well-known end pieces, which become control tokens in `types`. */
function findEnds(pieces: readonly string[], types: Uint8Array): Set<number> {
  const names = new Set<string>(END_PIECES);
  const ends = new Set<number>();
  pieces.forEach((piece, id) => {
    if (!names.has(piece)) return;
    types[id] = TokenType.control;
    ends.add(id);
  });
  return ends;
}

function endOfTurn(pieces: readonly string[], ends: ReadonlySet<number>): number | undefined {
  const byPiece = new Map([...ends].map((id) => [pieces[id], id]));
  const name = END_PIECES.find((piece) => piece !== END_OF_MESSAGE && byPiece.has(piece));
  return byPiece.get(name);
}

/** SentencePiece files of old lack the keys of their ids, which are then those of Llama: 0, 1 and 2. */
function readId(
  metadata: Metadata,
  what: "bos" | "eos" | "unknown" | "eot",
  size: number,
  fallback: number | undefined,
): number | undefined {
  const key = `tokenizer.ggml.${what}_token_id`;
  const id = metadata.findInteger(key);
  if (id === undefined) return fallback !== undefined && fallback < size ? fallback : undefined;
  if (id < size) return id;
  throw damaged(`Metadata key ${key} is ${id}, and the vocabulary has ${size} tokens`);
}

function readAdd(metadata: Metadata, what: "bos" | "eos", id: number | undefined, fallback: boolean): boolean {
  const asked = metadata.findBoolean(`tokenizer.ggml.add_${what}_token`);
  if (asked === true && id === undefined) {
    throw damaged(`The model wants a ${what.toUpperCase()} token added, but has no tokenizer.ggml.${what}_token_id`);
  }
  return asked ?? (fallback && id !== undefined);
}

function checkLength(key: string, length: number, size: number): void {
  if (length === size) return;
  throw damaged(`Metadata key ${key} has ${length} values, and the vocabulary has ${size} tokens`);
}

function damaged(what: string): LlamaError {
  return new LlamaError("model", `${what}; the file is damaged or was converted badly, use another.`);
}
