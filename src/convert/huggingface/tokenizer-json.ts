import { LlamaError, printable } from "../../errors.js";
import { byteOfPiece, TokenType } from "../../tokenizer/vocab.js";
import { bool } from "../checkpoint.js";
import { type ConvertedToken, type ConvertedVocabulary, MAX_TOKENS } from "../vocabulary.js";
import { JsonObject } from "./json-object.js";
import { preTokenizerName } from "./pre-tokenizer.js";

/** Below every score of a merge: what no merge makes. */
const UNMERGED_SCORE = -1e9;

/**
 * Reads a `tokenizer.json` of byte-pair encoding: byte-level, as Llama 3 has it, or with `<0xNN>` for the bytes of
 * unknown characters, as it is made of a SentencePiece model.
 * @throws LlamaError `unsupported` for other kinds, `format` or `model` where it is damaged
 */
export function parseTokenizerJson(tokenizer: JsonObject): ConvertedVocabulary {
  const shown = tokenizer.place;
  const model = tokenizer.getObject("model");
  const kind = model.findString("type") ?? "BPE";
  if (kind !== "BPE") {
    throw new LlamaError(
      "unsupported",
      `${shown} is a tokenizer of the kind "${printable(kind)}"; only "BPE" is supported.`,
    );
  }
  const pieces = readPieces(model);
  const merges = readMerges(model);
  const hasBytes = model.findBoolean("byte_fallback") === true;
  const tokens = hasBytes ? scoredTokens(pieces, merges, model) : pieces.map(normalToken);
  addTokens(tokens, tokenizer, hasBytes);
  fillGaps(tokens);
  if (hasBytes) {
    return { model: "llama", tokens, others: [["tokenizer.ggml.add_space_prefix", bool(addsSpace(tokenizer))]] };
  }
  if (tokenizer.find("normalizer") !== undefined) {
    throw new LlamaError(
      "unsupported",
      `${shown} normalizes text before it is cut into tokens, which is not supported.`,
    );
  }
  return {
    model: "gpt2",
    tokens,
    merges,
    pre: preTokenizerName(tokenizer.findObject("pre_tokenizer"), shown),
    others: [],
  };
}

function normalToken(piece: string): ConvertedToken {
  return { piece, score: 0, type: TokenType.normal };
}

/** By id; with holes where ids are missing. */
function readPieces(model: JsonObject): string[] {
  const vocab = model.getObject("vocab");
  if (vocab.size > MAX_TOKENS) {
    throw new LlamaError("format", `${vocab.place} has ${vocab.size} tokens, and the limit is ${MAX_TOKENS}.`);
  }
  const pieces: string[] = [];
  for (const [piece, id] of vocab.entries()) {
    checkId(id, vocab.place);
    if (pieces[id] !== undefined) throw new LlamaError("format", `${vocab.place} gives the id ${id} to two tokens.`);
    pieces[id] = piece;
  }
  return pieces;
}

function checkId(id: unknown, place: string): asserts id is number {
  if (Number.isSafeInteger(id) && (id as number) >= 0 && (id as number) < MAX_TOKENS) return;
  throw new LlamaError("format", `${place} has a token without a proper id; expected 0 to ${MAX_TOKENS - 1}.`);
}

/** `left right`, in order; newer files have pairs. */
function readMerges(model: JsonObject): string[] {
  return model.getArray("merges").map((merge, i) => {
    const parts = typeof merge === "string" ? merge.split(" ") : merge;
    const isPair = Array.isArray(parts) && parts.length === 2 && parts.every((p) => typeof p === "string" && p !== "");
    if (isPair && !parts.some((part: string) => part.includes(" "))) return parts.join(" ");
    throw new LlamaError("format", `Merge ${i} of ${model.place} is damaged; expected two pieces.`);
  });
}

/**
 * SentencePiece's scores are lost in a tokenizer.json, but merges stand in their order: the first that makes a piece
 * counts.
 */
function scoredTokens(pieces: readonly string[], merges: readonly string[], model: JsonObject): ConvertedToken[] {
  const ranks = new Map<string, number>();
  merges.forEach((merge, rank) => {
    const piece = merge.replace(" ", "");
    if (!ranks.has(piece)) ranks.set(piece, rank);
  });
  const unknown = model.findString("unk_token");
  return pieces.map((piece): ConvertedToken => {
    const rank = ranks.get(piece);
    const score = rank === undefined ? UNMERGED_SCORE : -rank;
    const type =
      piece === unknown ? TokenType.unknown : byteOfPiece(piece) === undefined ? TokenType.normal : TokenType.byte;
    return { piece, score, type };
  });
}

function addTokens(tokens: ConvertedToken[], tokenizer: JsonObject, hasBytes: boolean): void {
  for (const value of tokenizer.findArray("added_tokens") ?? []) {
    const token = new JsonObject(value, `A token of "added_tokens" in ${tokenizer.place}`);
    const id = token.getInteger("id");
    checkId(id, token.place);
    addToken(tokens, id, token.getString("content"), token.findBoolean("special") ?? false, hasBytes);
  }
}

/** A token beside the vocabulary proper, or another type for one of it. */
export function addToken(
  tokens: ConvertedToken[],
  id: number,
  content: string,
  isSpecial: boolean,
  isSentencePiece: boolean,
): void {
  const known = tokens[id];
  if (known?.type === TokenType.unknown || known?.type === TokenType.byte) return;
  // User-defined tokens are looked for in text as it is, with its spaces.
  const piece = isSentencePiece && !isSpecial ? content.replaceAll("▁", " ") : content;
  tokens[id] = {
    piece,
    score: known?.score ?? UNMERGED_SCORE,
    type: isSpecial ? TokenType.control : TokenType.userDefined,
  };
}

/** Ids that no file gives a piece. */
export function fillGaps(tokens: ConvertedToken[]): void {
  for (let id = 0; id < tokens.length; id++) {
    tokens[id] ??= { piece: `[PAD${id}]`, score: UNMERGED_SCORE, type: TokenType.unused };
  }
}

/** Whether a text gets a space in front, as a normalizer or a pre-tokenizer has it. */
function addsSpace(tokenizer: JsonObject): boolean {
  const normalizer = tokenizer.findObject("normalizer");
  const steps = [
    ...(normalizer === undefined ? [] : [normalizer]),
    ...(normalizer?.findArray("normalizers") ?? []).map(
      (value) => new JsonObject(value, `A step of ${normalizer?.place}`),
    ),
  ];
  if (steps.some((step) => step.findString("type") === "Prepend" && step.findString("prepend") === "▁")) return true;
  const pre = tokenizer.findObject("pre_tokenizer");
  if (pre?.findString("type") !== "Metaspace") return false;
  const scheme = pre.findString("prepend_scheme");
  return scheme === undefined ? (pre.findBoolean("add_prefix_space") ?? true) : scheme !== "never";
}
