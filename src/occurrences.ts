/**
 * Finds a text in one that arrives unit by unit: a step or two for each, whatever both are made of (Knuth, Morris and
 * Pratt 1977, "Fast Pattern Matching in Strings").
 */
export class Occurrences {
  readonly length: number;
  readonly #text: ArrayLike<number>;
  /** (length) how long the longest beginning of the text is that ends at a unit, and is not all up to there. */
  readonly #borders: Uint32Array;
  #matched = 0;

  /** @param text bytes or UTF-16 units, at least one */
  constructor(text: ArrayLike<number>) {
    this.length = text.length;
    this.#text = text;
    this.#borders = new Uint32Array(text.length);
    for (let i = 1; i < text.length; i++) {
      this.take(text[i] as number);
      this.#borders[i] = this.#matched;
    }
    this.reset();
  }

  /** How much of the text's beginning the units so far end with. */
  get matched(): number {
    return this.#matched;
  }

  /** @returns whether the text ends with this unit */
  take(unit: number): boolean {
    let matched = this.#matched;
    if (matched === this.length) matched = this.#borders[matched - 1] as number;
    while (matched > 0 && this.#text[matched] !== unit) matched = this.#borders[matched - 1] as number;
    if (this.#text[matched] === unit) matched++;
    this.#matched = matched;
    return matched === this.length;
  }

  reset(): void {
    this.#matched = 0;
  }

  /** One that has found as much. */
  clone(): Occurrences {
    const copy = new Occurrences(this.#text);
    copy.#matched = this.#matched;
    return copy;
  }
}
