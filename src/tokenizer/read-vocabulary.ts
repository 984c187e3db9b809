import { LlamaError, printable } from "../errors.js";
import type { Metadata } from "../gguf/metadata.js";
import { findInfillTokens } from "./infill-tokens.js";
import { findPreTokenizer } from "./pretokenize/pre-tokenizers.js";
import { byteOfPiece, type TokenizerModel, TokenType, type Vocabulary } from "./vocab.js";

const LAST_TOKEN_TYPE = TokenType.byte;
/** Four times the largest vocabularies there are. */
const MAX_TOKENS = 1 << 20;

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
 * pieces (never encoded), token types absent (all normal), a token type of 0, scores absent (all 0); and with a note
 * ids of special tokens out of range (as if absent), BOS or EOS asked for but absent, and no name of the pre-tokenizer.
 * @throws LlamaError `model` where arrays disagree, `unsupported` for another kind of tokenizer or pre-tokenizer
 */
export function readVocabulary(metadata: Metadata): Vocabulary {
  const model = readModel(metadata);
  const pieces = metadata.getStrings("tokenizer.ggml.tokens");
  const size = pieces.length;
  if (size === 0) throw damaged("Metadata key tokenizer.ggml.tokens is empty; expected a vocabulary");
  if (size > MAX_TOKENS) throw damaged(`The vocabulary has ${size} tokens, and the limit is ${MAX_TOKENS}`);
  const notes: string[] = [];
  const types = readTypes(metadata, size);
  const ends = findEnds(pieces, types);
  const isSpm = model === "spm";
  const pre = metadata.findString("tokenizer.ggml.pre") ?? "default";
  if (!isSpm && !metadata.has("tokenizer.ggml.pre")) notes.push(NO_PRE_TOKENIZER);
  const idOf = (name: string, fallback: number | undefined) => readId(metadata, name, size, fallback, notes);
  const bosId = idOf("bos", isSpm ? 1 : undefined);
  const eosId = idOf("eos", isSpm ? 2 : undefined);
  const unknownId = idOf("unknown", isSpm ? 0 : undefined);
  const eotId = idOf("eot", endOfTurn(pieces, ends));
  for (const id of [eosId, eotId]) if (id !== undefined) ends.add(id);
  const infill = findInfillTokens(metadata, pieces);
  // Whatever the file says: a person's code that spells one stays code.
  for (const id of Object.values(infill ?? {})) types[id as number] = TokenType.control;
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
    infill,
    endIds: ends,
    addBos: readAdd(metadata, "bos", bosId, isSpm || findPreTokenizer(pre).addBos, notes),
    addEos: readAdd(metadata, "eos", eosId, false, notes),
    addSpacePrefix: isSpm && (metadata.findBoolean("tokenizer.ggml.add_space_prefix") ?? true),
    notes,
  };
}

const NO_PRE_TOKENIZER =
  'The file does not name its pre-tokenizer (tokenizer.ggml.pre), so "default" is used, which may cut text in other places than the model was trained with.';

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
  if (scores === undefined) return new Float64Array(size);
  checkLength("tokenizer.ggml.scores", scores.length, size);
  const wrong = scores.findIndex(Number.isNaN);
  if (wrong >= 0) throw damaged(`Token ${wrong} has the score NaN; expected a number`);
  return scores;
}

function readMerges(metadata: Metadata): readonly string[] {
  const merges = metadata.getStrings("tokenizer.ggml.merges");
  const wrong = merges.findIndex((merge) => {
    const space = merge.indexOf(" ", 1);
    return space < 0 || space === merge.length - 1;
  });
  if (wrong < 0) return merges;
  throw damaged(`Merge ${wrong} is "${printable(merges[wrong] ?? "")}"; expected two pieces with a space between them`);
}

function checkBytePieces(pieces: readonly string[], types: Uint8Array): void {
  pieces.forEach((piece, id) => {
    if (types[id] === TokenType.byte && byteOfPiece(piece) === undefined) {
      throw damaged(`Token ${id} of type byte is "${printable(piece)}"; expected <0x00> to <0xFF>`);
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

/**
 * Old SentencePiece files lack the keys of their ids, which are then those of Llama: 0, 1 and 2. Merged models and
 * some converters name ids that are not in the vocabulary, or write -1 for none.
 */
function readId(
  metadata: Metadata,
  name: string,
  size: number,
  fallback: number | undefined,
  notes: string[],
): number | undefined {
  const key = `tokenizer.ggml.${name}_token_id`;
  const id = metadata.findNumber(key);
  if (id !== undefined && Number.isInteger(id) && id >= 0 && id < size) return id;
  const used = fallback !== undefined && fallback < size ? fallback : undefined;
  if (id === undefined) return used;
  const instead = used === undefined ? "it is ignored" : `token ${used} is used instead`;
  notes.push(`Metadata key ${key} is ${id}, but the vocabulary has the ids 0 to ${size - 1}; ${instead}.`);
  return used;
}

/** A token that was asked for but is not there is not added, as there is nothing to add. */
function readAdd(
  metadata: Metadata,
  what: "bos" | "eos",
  id: number | undefined,
  fallback: boolean,
  notes: string[],
): boolean {
  const asked = metadata.findBoolean(`tokenizer.ggml.add_${what}_token`);
  if (asked === true && id === undefined) {
    const name = what.toUpperCase();
    notes.push(`The model asks for ${name} around its texts, but its vocabulary has no ${name} token; none is added.`);
  }
  return (asked ?? fallback) && id !== undefined;
}

function checkLength(key: string, length: number, size: number): void {
  if (length === size) return;
  throw damaged(`Metadata key ${key} has ${length} values, and the vocabulary has ${size} tokens`);
}

function damaged(what: string): LlamaError {
  return new LlamaError("model", `${what}; the file is damaged or was converted badly, use another.`);
}
