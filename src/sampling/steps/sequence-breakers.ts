import { Occurrences } from "../../occurrences.js";

/**
 * Finds sequence breakers in a text that arrives token by token. A token may end in the middle of a character, so it
 * looks at bytes.
 */
export class SequenceBreakers {
  /** No breaker ends in this token. */
  static readonly NONE = 0;
  /** A breaker that began in an earlier token ends in this one. */
  static readonly END = 1;
  /** This token holds a whole breaker. */
  static readonly WHOLE = 2;

  readonly #breakers: readonly Occurrences[];
  readonly #bytesOf: (id: number) => Uint8Array;

  /**
   * @param breakers not empty strings, or others that were found so far
   * @param bytesOf the bytes of one token
   */
  constructor(breakers: readonly (string | Occurrences)[], bytesOf: (id: number) => Uint8Array) {
    const utf8 = new TextEncoder();
    this.#breakers = breakers.map((breaker) => {
      return typeof breaker === "string" ? new Occurrences(utf8.encode(breaker)) : breaker.clone();
    });
    this.#bytesOf = bytesOf;
  }

  /** Takes the next token of the text and says which of NONE, END and WHOLE it is. */
  mark(id: number): number {
    const bytes = this.#bytesOf(id);
    let found: number = SequenceBreakers.NONE;
    for (const breaker of this.#breakers) {
      for (let i = 0; i < bytes.length; i++) {
        if (!breaker.take(bytes[i] as number)) continue;
        found = Math.max(found, i + 1 >= breaker.length ? SequenceBreakers.WHOLE : SequenceBreakers.END);
      }
    }
    return found;
  }

  reset(): void {
    for (const breaker of this.#breakers) breaker.reset();
  }

  clone(): SequenceBreakers {
    return new SequenceBreakers(this.#breakers, this.#bytesOf);
  }
}
