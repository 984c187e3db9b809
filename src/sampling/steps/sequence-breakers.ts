/**
 * Finds sequence breakers in a text that arrives token by token. A token may end in the middle of a character, so it
 * looks at bytes, each written as one character.
 */
export class SequenceBreakers {
  /** No breaker ends in this token. */
  static readonly NONE = 0;
  /** A breaker that began in an earlier token ends in this one. */
  static readonly END = 1;
  /** This token holds a whole breaker. */
  static readonly WHOLE = 2;

  readonly #texts: readonly string[];
  readonly #breakers: readonly string[];
  readonly #bytesOf: (id: number) => Uint8Array;
  readonly #longest: number;
  #tail = "";

  /**
   * @param breakers not empty strings
   * @param bytesOf the bytes of one token
   */
  constructor(breakers: readonly string[], bytesOf: (id: number) => Uint8Array) {
    const utf8 = new TextEncoder();
    this.#texts = breakers;
    this.#breakers = breakers.map((breaker) => asCharacters(utf8.encode(breaker)));
    this.#bytesOf = bytesOf;
    this.#longest = this.#breakers.reduce((longest, breaker) => Math.max(longest, breaker.length), 0);
  }

  /** Takes the next token of the text and says which of NONE, END and WHOLE it is. */
  mark(id: number): number {
    if (this.#longest === 0) return SequenceBreakers.NONE;
    const piece = asCharacters(this.#bytesOf(id));
    const tail = this.#tail;
    const text = tail + piece;
    this.#tail = text.slice(Math.max(0, text.length - this.#longest + 1));

    if (this.#breakers.some((breaker) => piece.includes(breaker))) return SequenceBreakers.WHOLE;
    // One character less than the breaker: what is found in it together with the piece must end in the piece.
    const ends = this.#breakers.some((breaker) =>
      text.slice(Math.max(0, tail.length - breaker.length + 1)).includes(breaker),
    );
    return ends ? SequenceBreakers.END : SequenceBreakers.NONE;
  }

  reset(): void {
    this.#tail = "";
  }

  clone(): SequenceBreakers {
    const copy = new SequenceBreakers(this.#texts, this.#bytesOf);
    copy.#tail = this.#tail;
    return copy;
  }
}

function asCharacters(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
