import { LlamaError } from "../errors.js";
import { kindOf } from "../options.js";
import type { EncodeOptions, Tokenizer } from "../tokenizer/tokenizer.js";

/** Text, or token ids that are used as they are. */
export type Prompt = string | readonly number[];

/**
 * A prompt's ids.
 * @param caller what was given it, for the sentence
 * @throws LlamaError `option` for what is neither text nor ids, `context` for a text that does not fit
 */
export function promptIds(prompt: Prompt, tokenizer: Tokenizer, options: EncodeOptions, caller: string): number[] {
  const { addBos, parseSpecial, tokenLimit } = options;
  if (typeof prompt === "string") return tokenizer.encode(prompt, { addBos, parseSpecial, tokenLimit });
  if (Array.isArray(prompt)) return [...prompt];
  throw new LlamaError("option", `${caller} expects a prompt, a text or token ids (got ${kindOf(prompt)}).`);
}
