/** Walks through what was typed before, and back to what was being typed. */
export class Recall {
  readonly #entries: readonly string[];
  #index: number;
  #draft = "";

  /** @param entries the oldest first */
  constructor(entries: readonly string[]) {
    this.#entries = entries;
    this.#index = entries.length;
  }

  /** The entry before; undefined where there is none. `current` is kept where it is not an entry yet. */
  older(current: string): string | undefined {
    if (this.#index === 0) return undefined;
    if (this.#index === this.#entries.length) this.#draft = current;
    return this.#entries[--this.#index];
  }

  /** The entry after, and at last what was being typed; undefined where there is none. */
  newer(): string | undefined {
    if (this.#index === this.#entries.length) return undefined;
    return this.#entries[++this.#index] ?? this.#draft;
  }
}
