import type { FinishReason } from "../../generation/token-loop.js";
import type { AnswerResult } from "./answer.js";

/** How many tokens a request took, as OpenAI's APIs tell it. */
export function usageOf(promptTokens: number, results: readonly Pick<AnswerResult, "tokens" | "cached">[]): object {
  const generated = results.reduce((sum, { tokens }) => sum + tokens.length, 0);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: generated,
    total_tokens: promptTokens + generated,
    prompt_tokens_details: { cached_tokens: results[0]?.cached ?? 0 },
  };
}

/** How long an answer took, as llama.cpp's server tells it. */
export function timingsOf(promptTokens: number, { tokens, stats, cached }: AnswerResult): object {
  return {
    cache_n: cached,
    prompt_n: promptTokens - cached,
    prompt_ms: stats.promptMs,
    prompt_per_second: stats.promptPerSecond,
    predicted_n: tokens.length,
    predicted_ms: stats.generateMs,
    predicted_per_second: stats.tokensPerSecond,
  };
}

/** Why an answer ended, in OpenAI's words. */
export function finishReasonOf(reason: FinishReason): "stop" | "length" {
  return reason === "length" || reason === "context" ? "length" : "stop";
}

/** Seconds since 1970. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}

/** An id that nobody else has. */
export function newId(prefix: string): string {
  return `${prefix}${crypto.randomUUID().replaceAll("-", "")}`;
}
