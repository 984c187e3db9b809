import type { MetadataEntry } from "../gguf/metadata.js";
import { TokenType } from "../tokenizer/vocab.js";

interface Token {
  readonly piece: string;
  readonly score: number;
  readonly type: number;
}

/** The tokens that every SentencePiece vocabulary of the Llama family begins with: three of control, then the bytes. */
const FIRST_TOKENS: readonly Token[] = [
  { piece: "<unk>", score: 0, type: TokenType.unknown },
  { piece: "<s>", score: 0, type: TokenType.control },
  { piece: "</s>", score: 0, type: TokenType.control },
  ...Array.from({ length: 256 }, (_, byte) => ({
    piece: `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`,
    score: 0,
    type: TokenType.byte,
  })),
  { piece: "\u2581", score: 0, type: TokenType.normal },
];

/** A SentencePiece vocabulary of any size: after the usual first tokens a, b .. z, aa, ab and so on. */
export function randomVocabulary(size: number): [key: string, entry: MetadataEntry][] {
  const tokens = Array.from({ length: size }, (_, id) => {
    const rank = id - FIRST_TOKENS.length;
    return FIRST_TOKENS[id] ?? { piece: letters(rank), score: -rank, type: TokenType.normal };
  });
  const pieces = tokens.map(({ piece }) => piece);
  const scores = Float32Array.from(tokens, ({ score }) => score);
  const types = Int32Array.from(tokens, ({ type }) => type);
  return [
    ["tokenizer.ggml.model", { type: "string", value: "llama" }],
    ["tokenizer.ggml.tokens", { type: "array", elementType: "string", value: pieces }],
    ["tokenizer.ggml.scores", { type: "array", elementType: "f32", value: scores }],
    ["tokenizer.ggml.token_type", { type: "array", elementType: "i32", value: types }],
    ["tokenizer.ggml.unknown_token_id", { type: "u32", value: 0 }],
    ["tokenizer.ggml.bos_token_id", { type: "u32", value: 1 }],
    ["tokenizer.ggml.eos_token_id", { type: "u32", value: 2 }],
  ];
}

/** 0 -> a, 25 -> z, 26 -> aa, and so on. */
function letters(rank: number): string {
  const last = String.fromCharCode(97 + (rank % 26));
  return rank < 26 ? last : letters(Math.floor(rank / 26) - 1) + last;
}
