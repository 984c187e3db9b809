import type { Metadata } from "../gguf/metadata.js";

/**
 * The tokens by which a model is told to fill in: what stands before the gap, behind it, and that the gap comes now.
 */
export interface InfillTokens {
  readonly prefixId: number;
  readonly suffixId: number;
  readonly middleId: number;
}

/** Keys of today and of old, and the pieces where a file has no key: Code Llama's, and those of other families. */
const NAMES = {
  prefixId: {
    keys: ["fim_pre_token_id", "prefix_token_id"],
    pieces: ["▁<PRE>", "<PRE>", "<|fim_prefix|>", "<fim_prefix>", "<fim-prefix>", "<｜fim▁begin｜>"],
  },
  suffixId: {
    keys: ["fim_suf_token_id", "suffix_token_id"],
    pieces: ["▁<SUF>", "<SUF>", "<|fim_suffix|>", "<fim_suffix>", "<fim-suffix>", "<｜fim▁hole｜>"],
  },
  middleId: {
    keys: ["fim_mid_token_id", "middle_token_id"],
    pieces: ["▁<MID>", "<MID>", "<|fim_middle|>", "<fim_middle>", "<fim-middle>", "<｜fim▁end｜>"],
  },
} as const;

/** The model's infill tokens; undefined where it has not all three. */
export function findInfillTokens(metadata: Metadata, pieces: readonly string[]): InfillTokens | undefined {
  const find = ({ keys, pieces: names }: { keys: readonly string[]; pieces: readonly string[] }) => {
    const ids = keys.map((key) => metadata.findNumber(`tokenizer.ggml.${key}`));
    const byKey = ids.find((id) => id !== undefined && Number.isInteger(id) && id >= 0 && id < pieces.length);
    if (byKey !== undefined) return byKey;
    const byPiece = names.map((name) => pieces.indexOf(name)).find((id) => id >= 0);
    return byPiece;
  };
  const [prefixId, suffixId, middleId] = [find(NAMES.prefixId), find(NAMES.suffixId), find(NAMES.middleId)];
  if (prefixId === undefined || suffixId === undefined || middleId === undefined) return undefined;
  return new Set([prefixId, suffixId, middleId]).size === 3 ? { prefixId, suffixId, middleId } : undefined;
}
