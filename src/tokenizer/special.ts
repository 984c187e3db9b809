import { LlamaError } from "../errors.js";
import { Phrases } from "./phrases.js";
import { TokenType, type Vocabulary } from "./vocab.js";

/** UTF-16 units of the longest special token that is looked for in text; real ones have 30 at most. */
const MAX_LENGTH = 128;
/** Units of all special tokens together, which bounds the memory of the search. */
const MAX_TOTAL_LENGTH = 2 ** 21 - 1;

/** A stretch of ordinary text, or the id of a special token. */
export type Fragment = string | number;

/**
 * Finds special tokens in text: at each place the longest that begins there, from left to right. User-defined tokens
 * are found always, control tokens and the unknown token only where `parseSpecial` asks for it: otherwise a prompt
 * could forge the marks that divide a chat.
 *
 * Tokens of more than 128 UTF-16 units are never found. Takes time linear in the text, whatever the tokens.
 */
export class SpecialTokens {
  /** UTF-16 units of the longest. */
  readonly longest: number;
  readonly #userDefined = new Map<string, number>();
  readonly #all = new Map<string, number>();
  readonly #always: Phrases;
  /** Made when it is first asked for. */
  #asked: Phrases | undefined;

  /** @throws LlamaError `model` where the special tokens have more than two million characters together */
  constructor({ pieces, types }: Vocabulary) {
    let total = 0;
    let longest = 0;
    pieces.forEach((piece, id) => {
      const type = types[id];
      const isUserDefined = type === TokenType.userDefined;
      if (!isUserDefined && type !== TokenType.control && type !== TokenType.unknown) return;
      if (piece === "" || piece.length > MAX_LENGTH) return;
      total += piece.length;
      longest = Math.max(longest, piece.length);
      if (!this.#all.has(piece)) this.#all.set(piece, id);
      // Apart, for a control token of the same text must not be found where control tokens are not.
      if (isUserDefined && !this.#userDefined.has(piece)) this.#userDefined.set(piece, id);
    });
    if (total > MAX_TOTAL_LENGTH) {
      throw new LlamaError(
        "model",
        `The vocabulary's special tokens have ${total} characters together, and the limit is ${MAX_TOTAL_LENGTH}; use another file.`,
      );
    }
    this.longest = longest;
    this.#always = new Phrases([...this.#userDefined.keys()]);
  }

  /** The fragments of well-formed `text` in order, none of them empty. */
  *split(text: string, parseSpecial: boolean): Generator<Fragment> {
    this.#asked ??= parseSpecial ? new Phrases([...this.#all.keys()]) : undefined;
    const ids = parseSpecial ? this.#all : this.#userDefined;
    const phrases = parseSpecial ? (this.#asked as Phrases) : this.#always;
    let start = 0;
    for (const { text: piece, at } of phrases.in(text)) {
      if (at > start) yield text.slice(start, at);
      yield ids.get(piece) as number;
      start = at + piece.length;
    }
    if (start < text.length) yield text.slice(start);
  }
}
