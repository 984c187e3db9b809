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

  /** Looks for entries from here on; `current` is what is being typed. */
  search(current: string): Search {
    return new Search(this.#entries, current, (index) => {
      if (this.#index === this.#entries.length) this.#draft = current;
      this.#index = index;
    });
  }
}

/** A search backwards through what was typed, as Ctrl-R begins it in shells. */
export class Search {
  /** What was being typed before. */
  readonly draft: string;
  readonly #entries: readonly string[];
  readonly #accept: (index: number) => void;
  #query = "";
  #index: number;
  #isFound = true;

  constructor(entries: readonly string[], draft: string, accept: (index: number) => void) {
    this.#entries = entries;
    this.draft = draft;
    this.#accept = accept;
    this.#index = entries.length;
  }

  get query(): string {
    return this.#query;
  }

  /** Whether the last step found something; otherwise what was found before it stays. */
  get isFound(): boolean {
    return this.#isFound;
  }

  /** What was found, or what was being typed where nothing was looked for yet. */
  get line(): string {
    return this.#entries[this.#index] ?? this.draft;
  }

  /** Where the query begins in the line. */
  get cursor(): number {
    return this.#index === this.#entries.length ? this.line.length : Math.max(0, this.line.indexOf(this.#query));
  }

  /** Takes another letter: the entry that was found stays where it has that too. */
  extend(letters: string): void {
    this.#query += letters;
    this.#find(this.#index);
  }

  /** Takes the last letter back, and looks anew from the newest entry on. */
  shorten(): void {
    this.#query = [...this.#query].slice(0, -1).join("");
    this.#index = this.#entries.length;
    this.#isFound = true;
    if (this.#query !== "") this.#find(this.#entries.length - 1);
  }

  /** The next older entry. */
  older(): void {
    if (this.#query !== "") this.#find(this.#index - 1);
  }

  /** Ends the search at what was found: Up and Down go on from there. */
  accept(): void {
    if (this.#index < this.#entries.length) this.#accept(this.#index);
  }

  #find(from: number): void {
    for (let index = Math.min(from, this.#entries.length - 1); index >= 0; index--) {
      if (this.#entries[index]?.includes(this.#query) !== true) continue;
      this.#index = index;
      this.#isFound = true;
      return;
    }
    this.#isFound = false;
  }
}
