import { LlamaError, printable } from "../../errors.js";
import { TokenType } from "../../tokenizer/vocab.js";
import { bool, type Entries } from "../checkpoint.js";
import { type ConvertedToken, type ConvertedVocabulary, MAX_TOKENS } from "../vocabulary.js";
import { fieldsOf } from "./protobuf.js";

/** `TrainerSpec.ModelType`: of unigram, BPE, word and character only the second is merged by score. */
const BPE = 2;
const UNIGRAM = 1;

/**
 * Reads a `tokenizer.model` (https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto): pieces
 * with scores and types, in GGUF's very numbers, and whether a space is put in front of a text.
 * @throws LlamaError `format` where it is damaged, `unsupported` for other kinds of models and normalisation
 */
export function parseSentencePiece(bytes: Uint8Array, shown: string): ConvertedVocabulary {
  const tokens: ConvertedToken[] = [];
  let kind = UNIGRAM;
  let others: Entries = [];
  for (const { number, bytes: message } of fieldsOf(bytes, shown)) {
    if (message === undefined) continue;
    if (number === 1) {
      if (tokens.length >= MAX_TOKENS) {
        throw new LlamaError("format", `${shown} has more than ${MAX_TOKENS} tokens, which is the limit.`);
      }
      tokens.push(readPiece(message, shown));
    } else if (number === 2) kind = readKind(message, shown);
    else if (number === 3) others = readNormalizer(message, shown);
  }
  if (tokens.length === 0) {
    throw new LlamaError("format", `${shown} has no tokens; it is damaged, or not a SentencePiece model.`);
  }
  if (kind !== BPE) {
    throw new LlamaError(
      "unsupported",
      `${shown} is a SentencePiece model of the kind ${kind}; only ${BPE}, byte-pair encoding, is supported.`,
    );
  }
  return { model: "llama", tokens, others };
}

function readPiece(message: Uint8Array, shown: string): ConvertedToken {
  let piece = "";
  let score = 0;
  let type: number = TokenType.normal;
  for (const field of fieldsOf(message, shown)) {
    if (field.number === 1 && field.bytes !== undefined) piece = decode(field.bytes, shown);
    else if (field.number === 2) score = field.float;
    else if (field.number === 3) type = field.integer;
  }
  if (Number.isNaN(score) || type < TokenType.normal || type > TokenType.byte) {
    throw new LlamaError("format", `${shown} has a damaged token "${printable(piece)}"; download it again.`);
  }
  return { piece, score, type };
}

function decode(bytes: Uint8Array, shown: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new LlamaError("format", `${shown} has a token that is not UTF-8 text; download it again.`, { cause });
  }
}

function readKind(message: Uint8Array, shown: string): number {
  let kind = UNIGRAM;
  for (const { number, integer } of fieldsOf(message, shown)) if (number === 3) kind = integer;
  return kind;
}

function readNormalizer(message: Uint8Array, shown: string): Entries {
  let addsSpace = true;
  for (const { number, integer, bytes } of fieldsOf(message, shown)) {
    if (number === 2 && bytes !== undefined && bytes.length > 0) {
      throw new LlamaError(
        "unsupported",
        `${shown} normalizes text before it is cut into tokens, which is not supported.`,
      );
    }
    if (number === 3) addsSpace = integer !== 0;
  }
  return [["tokenizer.ggml.add_space_prefix", bool(addsSpace)]];
}
