import { LlamaError } from "../errors.js";

/** Tokens that no context holds, and that an array of numbers still does: V8 aborts the process at seven times that. */
const MOST_TOKENS = 1 << 24;
/** UTF-16 units of a text that is encoded in one piece. */
const MOST_UNITS = 1 << 26;

/** UTF-16 units that are encoded in one go: some milliseconds of work. */
export const STRETCH = 1 << 15;

/**
 * The ids of a text as it is encoded, and the limit on their number: a text far beyond it is refused before its tokens
 * are made, a word far beyond it before it is merged.
 */
export class TokenList {
  readonly ids: number[] = [];
  readonly #limit: number;
  /** UTF-16 units that one token stands for at most. */
  readonly #longest: number;

  /** @throws LlamaError `option` where the limit is not a number */
  constructor(limit: number | undefined, longest: number) {
    if (limit !== undefined && !(limit >= 0)) {
      throw new LlamaError("option", `tokenLimit must be a number from 0 (got ${limit}).`);
    }
    this.#limit = Math.min(limit ?? MOST_TOKENS, MOST_TOKENS);
    this.#longest = Math.max(1, longest);
  }

  /** @throws LlamaError `context` where the ids and those of a text of so many units are certainly too many */
  requireRoom(units: number): void {
    const least = this.ids.length + Math.ceil(units / this.#longest);
    if (least > this.#limit) {
      throw new LlamaError(
        "context",
        `The text is at least ${least} tokens long, but there is room for ${this.#limit} at most; shorten it, or use a larger context.`,
      );
    }
    if (units > MOST_UNITS) {
      throw new LlamaError(
        "context",
        `The text is ${units} characters long, and the limit is ${MOST_UNITS}; shorten it.`,
      );
    }
  }
}
