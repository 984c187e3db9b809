/** Where editors want a filled-in text to end: llama.cpp's `n_indent` and `t_max_predict_ms`. */
export interface LineLimits {
  /** Lines behind the first begin with at least so much white space; one that does not ends the answer before it. */
  readonly indent: number;
  /** Milliseconds after which the answer ends, once it has a line; 0 for no limit. */
  readonly milliseconds: number;
}

/** Ends an answer at a line. White space that may begin a line which is left out is held back. */
export class LineBounds {
  readonly #limits: LineLimits;
  readonly #start = performance.now();
  #text = "";
  #held = "";
  #isOver = false;

  constructor(limits: LineLimits) {
    this.#limits = limits;
  }

  /** What was let through. */
  get text(): string {
    return this.#text;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** @returns what of this piece, and of what was held back, belongs to the answer */
  push(piece: string): string {
    const { indent, milliseconds } = this.#limits;
    let rest = this.#held + piece;
    this.#held = "";
    let passed = "";
    while (indent > 0) {
      const line = /\n([ \t]*)/.exec(rest);
      if (line === null) break;
      const [found, space = ""] = line;
      if (space.length < indent) {
        const isOpen = line.index + found.length === rest.length;
        passed += rest.slice(0, line.index);
        if (isOpen) this.#held = rest.slice(line.index);
        // An empty line says nothing of how its text is indented.
        else if (rest[line.index + found.length] === "\n") {
          passed += found;
          rest = rest.slice(line.index + found.length);
          continue;
        } else this.#isOver = true;
        rest = "";
        break;
      }
      passed += rest.slice(0, line.index + found.length);
      rest = rest.slice(line.index + found.length);
    }
    passed += rest;
    this.#text += passed;
    if (milliseconds > 0 && this.#text.includes("\n") && performance.now() - this.#start > milliseconds) {
      this.#isOver = true;
    }
    return passed;
  }

  /** @returns what was held back, once nothing follows it */
  end(): string {
    const rest = this.#isOver ? "" : this.#held;
    this.#held = "";
    this.#text += rest;
    return rest;
  }
}
