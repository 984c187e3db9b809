/** Longest word remembered, in UTF-16 units, and how many of them. */
const MAX_WORD_LENGTH = 32;
const MAX_WORDS = 1 << 14;

/** Remembers the tokens of words, for text repeats them. Bounded: it starts anew when it is full. */
export class WordCache {
  readonly #words = new Map<string, readonly number[]>();

  get(word: string): readonly number[] | undefined {
    return word.length <= MAX_WORD_LENGTH ? this.#words.get(word) : undefined;
  }

  /** Remembers what `ids` holds from index `from` on. */
  set(word: string, ids: readonly number[], from: number): void {
    if (word.length > MAX_WORD_LENGTH) return;
    if (this.#words.size === MAX_WORDS) this.#words.clear();
    // A slice keeps the whole prompt alive; joining its letters anew makes a string of its own.
    this.#words.set(Array.from(word).join(""), ids.slice(from));
  }
}
