import { LlamaError } from "../errors.js";
import { TokenType } from "../tokenizer/vocab.js";
import { type Entries, text, texts } from "./checkpoint.js";

/** A token of a vocabulary that is being converted. */
export interface ConvertedToken {
  readonly piece: string;
  readonly score: number;
  /** One of `TokenType`. */
  readonly type: number;
}

/** A vocabulary as some file has it. */
export interface ConvertedVocabulary {
  readonly model: "llama" | "gpt2";
  readonly tokens: readonly ConvertedToken[];
  /** Of gpt2. */
  readonly merges?: readonly string[];
  /** Of gpt2: the name of what cuts text into words. */
  readonly pre?: string;
  /** Further metadata: ids of special tokens, and what is added to texts. */
  readonly others: Entries;
}

/** Four times the largest vocabularies there are, as the reader has it. */
export const MAX_TOKENS = 1 << 20;

/**
 * The vocabulary as metadata, filled up to as many tokens as the embedding has rows.
 * @throws LlamaError `model` where the vocabulary has more tokens than that
 */
export function vocabularyEntries(vocabulary: ConvertedVocabulary, size: number): Entries {
  const { model, merges, pre, others } = vocabulary;
  if (vocabulary.tokens.length > size) {
    throw new LlamaError(
      "model",
      `The tokenizer has ${vocabulary.tokens.length} tokens, but the model has embeddings for ${size}; the files do not belong together.`,
    );
  }
  const tokens = Array.from(
    { length: size },
    (_, id) => vocabulary.tokens[id] ?? { piece: `[PAD${id}]`, score: -1e9, type: TokenType.unused },
  );
  return [
    ["tokenizer.ggml.model", text(model)],
    ["tokenizer.ggml.pre", text(pre ?? "default")],
    ["tokenizer.ggml.tokens", texts(tokens.map(({ piece }) => piece))],
    ...scores(model, tokens),
    [
      "tokenizer.ggml.token_type",
      { type: "array", elementType: "i32", value: Int32Array.from(tokens, ({ type }) => type) },
    ],
    ...(merges === undefined ? [] : ([["tokenizer.ggml.merges", texts(merges)]] satisfies Entries)),
    ...others,
  ];
}

function scores(model: string, tokens: readonly ConvertedToken[]): Entries {
  if (model !== "llama") return [];
  const value = Float32Array.from(tokens, ({ score }) => score);
  return [["tokenizer.ggml.scores", { type: "array", elementType: "f32", value }]];
}
