import { Occurrences } from "../occurrences.js";

interface Stop {
  readonly text: string;
  readonly occurrences: Occurrences;
}

/** Finds stop strings in streamed text, also where one is spread over several pieces. */
export class StopStrings {
  readonly #stops: readonly Stop[];
  /** Text that was not handed on because it may be the beginning of a stop string. */
  #held = "";

  constructor(stops: readonly string[]) {
    this.#stops = stops
      .filter((text) => text !== "")
      .map((text) => {
        const units = Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
        return { text, occurrences: new Occurrences(units) };
      });
  }

  /** The one that came; undefined until one has. */
  found: string | undefined;

  /** Takes the next piece and returns what may be shown; `found` once a stop string came, which is not shown. */
  push(piece: string): { readonly text: string; readonly found: boolean } {
    const text = this.#held + piece;
    const first = this.#firstStop(piece);
    if (first !== undefined) {
      this.#held = "";
      this.found = first.stop;
      return { text: text.slice(0, first.at), found: true };
    }
    const begun = this.#stops.reduce((most, { occurrences }) => Math.max(most, occurrences.matched), 0);
    const safe = text.length - begun;
    this.#held = text.slice(safe);
    return { text: text.slice(0, safe), found: false };
  }

  /** What was held back, once nothing follows. */
  flush(): string {
    const held = this.#held;
    this.#held = "";
    return held;
  }

  /** The stop string that begins first, of those that end in the piece. */
  #firstStop(piece: string): { readonly stop: string; readonly at: number } | undefined {
    let first: { readonly stop: string; readonly at: number } | undefined;
    for (const { text: stop, occurrences } of this.#stops) {
      for (let i = 0; i < piece.length; i++) {
        if (!occurrences.take(piece.charCodeAt(i))) continue;
        const at = this.#held.length + i + 1 - stop.length;
        if (first === undefined || at < first.at) first = { stop, at };
        break;
      }
    }
    return first;
  }
}
