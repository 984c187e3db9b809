import { LlamaError } from "../errors.js";

/** What is asked of a tokenizer here. */
interface Pieces {
  readonly size: number;
  piece(id: number): string;
}

/** Characters that are split in a moment, after which the number of tokens is known. */
const FEW = 1 << 16;

/**
 * Refuses a text of which the length alone says that it does not fit: splitting a hundred megabytes into tokens takes
 * minutes and gigabytes. A token takes no more characters of the text than its piece has.
 * @throws LlamaError `context`
 */
export function requireChance(text: string, tokenizer: Pieces, contextSize: number): void {
  if (text.length <= Math.max(FEW, contextSize)) return;
  let longest = 1;
  for (let id = 0; id < tokenizer.size; id++) longest = Math.max(longest, tokenizer.piece(id).length);
  const least = Math.ceil(text.length / longest);
  if (least <= contextSize) return;
  throw new LlamaError(
    "context",
    `The prompt has ${text.length} characters, which are at least ${least} tokens; the context holds ${contextSize}, so shorten the prompt or choose a larger context.`,
  );
}
