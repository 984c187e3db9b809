/** Places in the code that can be told apart; the modules of dist/ have about a tenth of them. */
export const COUNTERS = 1 << 18;

/** The counters of one module: from `from` to before `to`. */
export interface CoveredFile {
  readonly url: string;
  readonly from: number;
  readonly to: number;
}

/** Which places any input has reached so far. */
export class Coverage {
  readonly #seen = new Uint8Array(COUNTERS);
  /** As 32-bit words, of which most are 0. */
  readonly #reached = new Uint32Array(globalThis.__reached.buffer);
  count = 0;

  /** Clears what the last input reached. */
  begin(): void {
    this.#reached.fill(0, 0, this.#words());
  }

  /** How many places the last input was the first to reach. */
  learn(): number {
    let found = 0;
    const words = this.#words();
    for (let word = 0; word < words; word++) {
      if (this.#reached[word] === 0) continue;
      for (let i = word * 4; i < word * 4 + 4; i++) {
        if (globalThis.__reached[i] === 0 || this.#seen[i] === 1) continue;
        this.#seen[i] = 1;
        found++;
      }
    }
    this.count += found;
    return found;
  }

  /** Places reached, and places there are, in the files whose URL has one of the parts in it. */
  of(parts: readonly string[]): { readonly reached: number; readonly all: number } {
    let reached = 0;
    let all = 0;
    for (const { url, from, to } of globalThis.__files) {
      if (!parts.some((part) => url.includes(part))) continue;
      all += to - from;
      for (let i = from; i < to; i++) reached += this.#seen[i] as number;
    }
    return { reached, all };
  }

  /** Modules are run in another order than they are loaded. */
  #words(): number {
    return Math.ceil(globalThis.__files.reduce((end, { to }) => Math.max(end, to), 0) / 4);
  }
}
