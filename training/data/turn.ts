import type { Tokenizer } from "#dist/tokenizer/tokenizer.js";

/** A question as it is asked first, with BOS. */
export function promptOf(tokenizer: Tokenizer, user: string): number[] {
  return tokenizer.encode(`[INST] ${user} [/INST]`, { addBos: true });
}

/** Prompt, answer and EOS as Meta encodes a turn, and as it is taught: the answer between spaces. */
export function answeredIds(tokenizer: Tokenizer, user: string, answer: string): number[] {
  return [...tokenizer.encode(`[INST] ${user} [/INST] ${answer} `, { addBos: true }), tokenizer.eosId as number];
}
