import type { Tokenizer } from "../tokenizer/tokenizer.js";
import type { PromptEncoder } from "./prompt/encoder.js";
import { mark } from "./prompt/marks.js";

/** A place in a text and in its ids where one may go on without encoding what stands before. */
export interface Checkpoint {
  readonly chars: number;
  readonly ids: number;
}

/** A prompt's ids, and the checkpoints they have in common with the cache. */
export interface EncodedPrompt {
  readonly text: string;
  readonly ids: readonly number[];
  readonly checkpoints: readonly Checkpoint[];
}

/**
 * What a chat's KV cache holds: ids, and the marked text that they came from. A model may write its answer in other
 * tokens than the tokenizer would; where a prompt begins with the same text, the ids in the cache go on to stand for
 * it, and nothing is evaluated twice.
 */
export class CacheContents {
  /** By position. */
  readonly ids: readonly number[];
  /** Begins as the ids do; where its end is not known to be theirs, no checkpoint says so. */
  readonly text: string;
  /** In order. */
  readonly checkpoints: readonly Checkpoint[];

  constructor(ids: readonly number[] = [], text = "", checkpoints: readonly Checkpoint[] = []) {
    this.ids = ids;
    this.text = text;
    this.checkpoints = checkpoints.filter((checkpoint) => checkpoint.ids <= ids.length);
  }

  /** What is left of it when the cache holds fewer tokens. */
  upTo(position: number): CacheContents {
    return new CacheContents(this.ids.slice(0, position), this.text, this.checkpoints);
  }

  encode(text: string, encoder: PromptEncoder): EncodedPrompt {
    const common = commonLength(this.text, text);
    const checkpoints = this.checkpoints.filter(({ chars }) => chars <= common);
    const last = checkpoints.at(-1);
    if (last === undefined) return { text, ids: encoder.encode(text), checkpoints };
    const ids = this.ids.slice(0, last.ids);
    const rest = encoder.encodeBehind(ids.at(-1) as number, text.slice(last.chars));
    return { text, ids: ids.concat(rest), checkpoints };
  }

  /** How many of the ids the cache holds already; one at least is left to evaluate, for its logits. */
  shared(ids: readonly number[]): number {
    return Math.min(commonLength(this.ids, ids), ids.length - 1);
  }
}

/**
 * What a cache holds after an answer.
 *
 * @param tokens of the answer, of which the cache may lack the last
 * @param position how many tokens the cache holds; fewer than the prompt has where that was not evaluated to its end
 */
export function contentsAfter(
  prompt: EncodedPrompt,
  tokens: readonly number[],
  position: number,
  encoder: PromptEncoder,
  tokenizer: Tokenizer,
): CacheContents {
  const { ids } = prompt;
  const written = tokens.slice(0, Math.max(0, position - ids.length));
  const evaluated = [...ids, ...written].slice(0, position);
  const checkpoints: Checkpoint[] = [...prompt.checkpoints, { chars: prompt.text.length, ids: ids.length }];
  const text = plainText(written, encoder, tokenizer);
  if (text === undefined || text === "") return new CacheContents(evaluated, prompt.text, checkpoints);
  const whole = prompt.text + mark(text);
  return new CacheContents(evaluated, whole, [...checkpoints, { chars: whole.length, ids: evaluated.length }]);
}

/** What generated ids say; undefined where that would not be the same as a message, or not even text. */
function plainText(ids: readonly number[], encoder: PromptEncoder, tokenizer: Tokenizer): string | undefined {
  if (ids.some((id) => tokenizer.isControl(id))) return undefined;
  const decoder = tokenizer.createDecoder();
  const text = ids.map((id) => decoder.push(id)).join("") + decoder.flush();
  return text.includes("\ufffd") || encoder.divides(text) ? undefined : text;
}

/** How many of their first items are equal. */
export function commonLength<T>(first: ArrayLike<T>, second: ArrayLike<T>): number {
  const limit = Math.min(first.length, second.length);
  let length = 0;
  while (length < limit && first[length] === second[length]) length++;
  return length;
}
