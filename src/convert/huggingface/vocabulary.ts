import { existsSync } from "node:fs";
import { join } from "node:path";
import { LlamaError } from "../../errors.js";
import { shownPath } from "../../files/failure.js";
import { FileSource } from "../../files/source.js";
import { bool, type Entries } from "../checkpoint.js";
import { type ConvertedToken, MAX_TOKENS, vocabularyEntries } from "../vocabulary.js";
import { JsonObject, readJsonObject } from "./json-object.js";
import { parseSentencePiece } from "./sentencepiece.js";
import { specialTokens } from "./special-tokens.js";
import { addToken, fillGaps, parseTokenizerJson } from "./tokenizer-json.js";

/** Llama 3's has 17 MB. */
const MAX_TOKENIZER_BYTES = 64 << 20;
const MAX_CONFIG_BYTES = 8 << 20;

/** A JSON file of the folder, if it is there. */
export function findJson(folder: string, name: string, maxBytes = MAX_CONFIG_BYTES): JsonObject | undefined {
  const path = join(folder, name);
  return existsSync(path) ? readJsonObject(path, shownPath(path), maxBytes) : undefined;
}

/**
 * The vocabulary of a folder as metadata: of tokenizer.model where there is one, else of tokenizer.json.
 * @throws LlamaError `not-found` where there is neither
 */
export function readVocabularyFiles(folder: string, config: JsonObject, size: number): Entries {
  const path = join(folder, "tokenizer.model");
  const isSentencePiece = existsSync(path);
  const tokenizer = findJson(folder, "tokenizer.json", MAX_TOKENIZER_BYTES);
  const tokenizerConfig = findJson(folder, "tokenizer_config.json");
  const vocabulary = isSentencePiece
    ? parseSentencePiece(readBytes(path), shownPath(path))
    : tokenizer === undefined
      ? undefined
      : parseTokenizerJson(tokenizer);
  if (vocabulary === undefined) {
    throw new LlamaError("not-found", `There is no tokenizer.model and no tokenizer.json in ${shownPath(folder)}.`);
  }
  const tokens = [...vocabulary.tokens];
  addOthers(tokens, folder, tokenizerConfig, vocabulary.model === "llama");
  fillGaps(tokens);
  const generation = findJson(folder, "generation_config.json");
  const sources = { config, generation, tokenizerConfig, tokenizer: isSentencePiece ? undefined : tokenizer };
  const others = new Map([...vocabulary.others, ...specialTokens(sources, tokens)]);
  const addsSpace = vocabulary.model === "llama" ? tokenizerConfig?.findBoolean("add_prefix_space") : undefined;
  if (addsSpace !== undefined) others.set("tokenizer.ggml.add_space_prefix", bool(addsSpace));
  return vocabularyEntries({ ...vocabulary, tokens, others: [...others] }, size);
}

/**
 * Tokens that were added to a vocabulary: added_tokens.json has those beyond it, tokenizer_config.json what all are
 * for.
 */
function addOthers(
  tokens: ConvertedToken[],
  folder: string,
  tokenizerConfig: JsonObject | undefined,
  isSentencePiece: boolean,
): void {
  const own = tokens.length;
  for (const [piece, id] of findJson(folder, "added_tokens.json")?.entries() ?? []) {
    const at = checkedId(id, "added_tokens.json");
    if (at >= own) addToken(tokens, at, piece, false, isSentencePiece);
  }
  for (const [key, value] of tokenizerConfig?.findObject("added_tokens_decoder")?.entries() ?? []) {
    const token = new JsonObject(value, `A token of "added_tokens_decoder" in ${tokenizerConfig?.place}`);
    const id = checkedId(/^\d+$/.test(key) ? Number(key) : undefined, token.place);
    addToken(tokens, id, token.getString("content"), token.findBoolean("special") ?? false, isSentencePiece);
  }
}

function checkedId(id: unknown, place: string): number {
  if (Number.isSafeInteger(id) && (id as number) >= 0 && (id as number) < MAX_TOKENS) return id as number;
  throw new LlamaError("format", `${place} has a token without a proper id; expected 0 to ${MAX_TOKENS - 1}.`);
}

function readBytes(path: string): Uint8Array {
  const source = new FileSource(path, "a SentencePiece model");
  try {
    if (source.size > MAX_TOKENIZER_BYTES) {
      throw new LlamaError(
        "format",
        `${shownPath(path)} has ${source.size} bytes, and the limit is ${MAX_TOKENIZER_BYTES}; it is not a tokenizer.`,
      );
    }
    const bytes = new Uint8Array(source.size);
    return bytes.subarray(0, source.read(bytes, 0));
  } finally {
    source.close();
  }
}
