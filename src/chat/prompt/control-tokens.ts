import { Phrases } from "../../tokenizer/phrases.js";
import type { Tokenizer } from "../../tokenizer/tokenizer.js";

/** Longer pieces are no markers; real ones have 30 characters at most. */
export const MAX_PIECE_LENGTH = 128;

/** A control token that a text spells. */
export interface ControlMatch {
  readonly id: number;
  readonly at: number;
  readonly length: number;
}

/**
 * The tokens that a template may write out, and nobody else: control tokens, and those the file names as BOS and so on.
 */
export class ControlTokens {
  readonly #ids = new Map<string, number>();
  readonly #phrases: Phrases;

  constructor(tokenizer: Tokenizer) {
    const named = new Set([tokenizer.bosId, tokenizer.eosId, tokenizer.eotId, tokenizer.unknownId]);
    for (let id = 0; id < tokenizer.size; id++) {
      if (tokenizer.isControl(id) || named.has(id)) this.#add(tokenizer.piece(id), id);
    }
    this.#phrases = new Phrases([...this.#ids.keys()]);
  }

  /** Every one in a text, in order; of those that begin at one place the longest. */
  *in(text: string): Generator<ControlMatch> {
    for (const { text: piece, at } of this.#phrases.in(text)) {
      yield { id: this.#ids.get(piece) as number, at, length: piece.length };
    }
  }

  /** Whether the text is one of them. */
  has(text: string): boolean {
    return this.#ids.has(text);
  }

  /** The token that is spelled so. */
  idOf(text: string): number | undefined {
    return this.#ids.get(text);
  }

  #add(piece: string, id: number): void {
    // Without a character that can be marked, a message's text could not be told from the template's.
    if (piece.length > MAX_PIECE_LENGTH || !/[!-~]/.test(piece) || this.#ids.has(piece)) return;
    this.#ids.set(piece, id);
  }
}
