/** Finds stop strings in streamed text, also where one is spread over several pieces. */
export class StopStrings {
  readonly #stops: readonly string[];
  /** Text that was not handed on because it may be the beginning of a stop string. */
  #held = "";

  constructor(stops: readonly string[]) {
    this.#stops = stops.filter((stop) => stop !== "");
  }

  /** The one that came; undefined until one has. */
  found: string | undefined;

  /** Takes the next piece and returns what may be shown; `found` once a stop string came, which is not shown. */
  push(piece: string): { readonly text: string; readonly found: boolean } {
    const text = this.#held + piece;
    const first = this.#firstStop(text);
    if (first !== undefined) {
      this.#held = "";
      this.found = first.stop;
      return { text: text.slice(0, first.at), found: true };
    }
    const safe = text.length - this.#longestBeginningAtEnd(text);
    this.#held = text.slice(safe);
    return { text: text.slice(0, safe), found: false };
  }

  /** What was held back, once nothing follows. */
  flush(): string {
    const held = this.#held;
    this.#held = "";
    return held;
  }

  #firstStop(text: string): { readonly stop: string; readonly at: number } | undefined {
    const found = this.#stops.map((stop) => ({ stop, at: text.indexOf(stop) })).filter(({ at }) => at >= 0);
    return found.sort((a, b) => a.at - b.at)[0];
  }

  #longestBeginningAtEnd(text: string): number {
    let longest = 0;
    for (const stop of this.#stops) {
      for (let length = Math.min(stop.length - 1, text.length); length > longest; length--) {
        if (text.endsWith(stop.slice(0, length))) longest = length;
      }
    }
    return longest;
  }
}
