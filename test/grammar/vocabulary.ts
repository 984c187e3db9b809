import type { TokenVocabulary } from "#dist/grammar/mask/vocabulary.js";

/** A vocabulary of given texts or bytes; the empty text stands for a control token, and the last one ends. */
export function vocabularyOf(tokens: readonly (string | Uint8Array)[]): TokenVocabulary {
  const bytes = tokens.map((token) => (typeof token === "string" ? new TextEncoder().encode(token) : token));
  return {
    size: tokens.length,
    bytesOf: (id) => bytes[id] as Uint8Array,
    isEndOfGeneration: (id) => id === tokens.length - 1,
    findId: (piece) => {
      const id = tokens.indexOf(piece);
      return id < 0 ? undefined : id;
    },
  };
}

/** The ids whose bits are set. */
export function idsOf(mask: Uint32Array): number[] {
  const ids: number[] = [];
  mask.forEach((word, i) => {
    for (let bit = 0; bit < 32; bit++) if ((word >>> bit) & 1) ids.push(i * 32 + bit);
  });
  return ids;
}
