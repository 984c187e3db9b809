import type { InfillTokens } from "./infill-tokens.js";

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
  /** The tokens for filling in a gap; undefined where the model has none. */
  readonly infill: InfillTokens | undefined;
  /** Every id that ends a generation: EOS, EOT and the well-known names. */
  readonly endIds: ReadonlySet<number>;
  readonly addBos: boolean;
  readonly addEos: boolean;
  /** Whether text that starts a prompt or follows a special token gets a space in front (`spm` only). */
  readonly addSpacePrefix: boolean;
  /** What was odd in the file and is read all the same: a sentence each, for a person. */
  readonly notes: readonly string[];
}

/**
 * UTF-16 units of the longest token that ordinary text may become; real ones have some hundred at most. It bounds the
 * work that a text far beyond a limit can ask for.
 */
const MAX_PIECE_LENGTH = 1024;

/** Ids by piece: of duplicates the lowest, and only tokens that ordinary text may become. */
export function textTokenIds({ pieces, types }: Vocabulary): Map<string, number> {
  const ids = new Map<string, number>();
  pieces.forEach((piece, id) => {
    if (piece !== "" && piece.length <= MAX_PIECE_LENGTH && isTextType(types[id]) && !ids.has(piece))
      ids.set(piece, id);
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
