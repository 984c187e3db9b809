import { tooComplex } from "./errors.js";

/**
 * What a grammar may cost. Work is counted, not timed, so that a grammar is refused by every machine or by none. The
 * unit is a look at one thing that lies at hand: an item of a list, a byte of a text, a node of a tree. What is made
 * costs more, by {@link COST}. A million units mostly take a processor of these years 50 ms, and 150 at the most.
 */
export const LIMITS_OF_WORK = {
  /** To compile a grammar; also what an answer may take at once where it has cost little so far. */
  atOnce: 20_000_000,
  /** What an answer gets back with every token that it takes. */
  perToken: 2_000_000,
} as const;

/** Units that it takes to make things, or to find ones that were made. */
export const COST = {
  /** An expression, a term, a rule: some objects, and their place in a table. */
  made: 40,
  /** An item of the parser, of which there are most. */
  item: 12,
  /** To find that there is one. */
  found: 5,
} as const;

/**
 * Work that may still be done for one purpose. Whatever is done within {@link Work.do} spends of it, by {@link spend};
 * outside of any, work is free. What an earlier grammar found out and is still known is not paid for again.
 */
export class Work {
  readonly #purpose: string;
  readonly #most: number;
  #left: number;

  /** @param purpose a clause that says what takes so much, and ends with "takes" */
  constructor(purpose: string, most: number) {
    this.#purpose = purpose;
    this.#most = most;
    this.#left = most;
  }

  /** Units that were spent, and not given back. */
  get spent(): number {
    return this.#most - this.#left;
  }

  /** @throws LlamaError `grammar` where it takes more than is left */
  do<T>(piece: () => T): T {
    const before = current;
    current = this;
    try {
      return piece();
    } finally {
      current = before;
    }
  }

  take(units: number): void {
    this.#left -= units;
    if (this.#left < 0) throw tooComplex(`${this.#purpose} more than ${this.#most} steps`);
  }

  /** Gives units back, as far as any are missing. */
  refill(units: number): void {
    this.#left = Math.min(this.#most, Math.max(0, this.#left) + units);
  }
}

/** The work of an answer, of which every token that it takes brings some back. */
export function workOfAnswer(): Work {
  return new Work("to find what may come next takes", LIMITS_OF_WORK.atOnce);
}

let current: Work | undefined;

/**
 * Pays for work that is about to be done, or has been where it is known to be little.
 * @throws LlamaError `grammar` where it is more than is left
 */
export function spend(units: number): void {
  current?.take(units);
}
