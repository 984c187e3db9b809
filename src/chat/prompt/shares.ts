import type { EncodedPrompt } from "../cache-contents.js";
import type { ChatMessage } from "../message.js";
import type { PromptEncoder } from "./encoder.js";
import { mark } from "./marks.js";

/** What a conversation takes of the context. */
export interface PromptUse {
  /** Tokens of the prompt. */
  readonly tokens: number;
  /** How many of them the KV cache holds already. */
  readonly cached: number;
  /**
   * How many belong to each message of the prompt, with what the template writes in front of it; they add up to all.
   */
  readonly shares: readonly number[];
}

/**
 * How many of a prompt's ids each message has: those up to its end that the messages before it do not have, and for
 * the last all that follow. A message that the template wrote otherwise has its tokens counted with the next.
 */
export function sharesOf(prompt: EncodedPrompt, messages: readonly ChatMessage[], encoder: PromptEncoder): number[] {
  const { text, ids, checkpoints } = prompt;
  let place = { chars: 0, ids: 0 };
  const ends = messages.map(({ content }) => {
    const end = endOf(text, content.trim(), place.chars);
    // What the model wrote has the model's tokens, whatever the tokenizer would make of it.
    const known = checkpoints.findLast(({ chars }) => chars <= end);
    if (known !== undefined && known.chars > place.chars) place = known;
    if (end > place.chars) place = { chars: end, ids: place.ids + count(text.slice(place.chars, end), place.ids) };
    return Math.min(place.ids, ids.length);
  });
  return ends.map((end, index) => (index === ends.length - 1 ? ids.length : end) - (ends[index - 1] ?? 0));

  function count(stretch: string, before: number): number {
    const previous = ids[before - 1];
    return (previous === undefined ? encoder.encode(stretch) : encoder.encodeBehind(previous, stretch)).length;
  }
}

/** Where a message ends that is written behind `from`, marked or not; `from` where it is not found. */
function endOf(text: string, content: string, from: number): number {
  for (const written of [mark(content), content]) {
    const found = text.indexOf(written, from);
    if (found >= 0) return found + written.length;
  }
  return from;
}
