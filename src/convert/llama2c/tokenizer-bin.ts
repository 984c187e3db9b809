import { LlamaError } from "../../errors.js";
import { shownPath } from "../../files/failure.js";
import { FileSource } from "../../files/source.js";
import { byteOfPiece, TokenType } from "../../tokenizer/vocab.js";
import { u32 } from "../checkpoint.js";
import { type ConvertedToken, type ConvertedVocabulary, MAX_TOKENS } from "../vocabulary.js";

const MAX_BYTES = 64 << 20;

/** The pieces that llama2.c writes in words of its own. */
const FIRST: readonly ConvertedToken[] = [
  { piece: "<unk>", score: 0, type: TokenType.unknown },
  { piece: "<s>", score: 0, type: TokenType.control },
  { piece: "</s>", score: 0, type: TokenType.control },
];

/**
 * Reads llama2.c's `tokenizer.bin` (https://github.com/karpathy/llama2.c/blob/master/tokenizer.py): i32 length of the
 * longest piece, and for each token f32 score, i32 length, UTF-8 bytes, with spaces for U+2581.
 * @throws LlamaError `format` where it is damaged or has another number of tokens than the model
 */
export function readTokenizerBin(path: string, size: number): ConvertedVocabulary {
  const source = new FileSource(path, "a tokenizer of llama2.c");
  try {
    if (source.size > MAX_BYTES || size > MAX_TOKENS) throw damaged(path);
    const bytes = new Uint8Array(source.size);
    if (source.read(bytes, 0) < bytes.length) throw damaged(path);
    return parseTokenizerBin(bytes, path, size);
  } finally {
    source.close();
  }
}

export function parseTokenizerBin(bytes: Uint8Array, path: string, size: number): ConvertedVocabulary {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const tokens: ConvertedToken[] = [];
  let at = 4;
  for (let id = 0; id < size; id++) {
    if (at + 8 > bytes.length) throw damaged(path);
    const score = view.getFloat32(at, true);
    const length = view.getInt32(at + 4, true);
    at += 8;
    if (length < 0 || length > bytes.length - at || Number.isNaN(score)) throw damaged(path);
    let piece: string;
    try {
      piece = decoder.decode(bytes.subarray(at, at + length));
    } catch {
      throw damaged(path);
    }
    at += length;
    const isByte = byteOfPiece(piece) !== undefined;
    tokens.push(
      FIRST[id] ?? { piece: piece.replaceAll(" ", "▁"), score, type: isByte ? TokenType.byte : TokenType.normal },
    );
  }
  if (at !== bytes.length) throw damaged(path);
  const ids = [
    ["unknown", 0],
    ["bos", 1],
    ["eos", 2],
  ] as const;
  return { model: "llama", tokens, others: ids.map(([name, id]) => [`tokenizer.ggml.${name}_token_id`, u32(id)]) };
}

function damaged(path: string): LlamaError {
  return new LlamaError(
    "format",
    `${shownPath(path)} is damaged, or not the llama2.c tokenizer of this model; give the one that it was trained with.`,
  );
}
