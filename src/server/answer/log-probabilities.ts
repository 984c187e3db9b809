import type { SampledToken, TokenLogProbability } from "../../sampling/log-probabilities.js";
import type { Tokenizer } from "../../tokenizer/tokenizer.js";

const decoder = new TextDecoder();

/** Tokens with their probabilities, as OpenAI's chat API tells of them. */
export function chatLogProbabilities(
  tokens: readonly SampledToken[],
  tokenizer: Tokenizer,
): { readonly content: readonly object[]; readonly refusal: null } {
  const told = ({ id, logprob }: TokenLogProbability) => {
    const bytes = tokenizer.bytesOf(id);
    return { token: decoder.decode(bytes), logprob: finite(logprob), bytes: [...bytes] };
  };
  return { content: tokens.map((token) => ({ ...told(token), top_logprobs: token.top.map(told) })), refusal: null };
}

/**
 * The same as OpenAI's older API for completions has it.
 * @param offset characters of the text before these tokens
 */
export function completionLogProbabilities(
  tokens: readonly SampledToken[],
  tokenizer: Tokenizer,
  offset: number,
): object {
  const text = ({ id }: TokenLogProbability) => decoder.decode(tokenizer.bytesOf(id));
  const texts = tokens.map(text);
  let at = offset;
  const offsets = texts.map((part) => {
    const start = at;
    at += part.length;
    return start;
  });
  return {
    tokens: texts,
    token_logprobs: tokens.map(({ logprob }) => finite(logprob)),
    top_logprobs: tokens.map(({ top }) => Object.fromEntries(top.map((one) => [text(one), finite(one.logprob)]))),
    text_offset: offsets,
  };
}

/** JSON has no infinity; OpenAI's API has this for what is never chosen. */
function finite(logprob: number): number {
  return Number.isFinite(logprob) ? logprob : -9999;
}
