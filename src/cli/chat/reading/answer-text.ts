import { withoutControls } from "../../show/plain-text.js";
import { WordWrap } from "./word-wrap.js";

/**
 * An answer on its way to a reader: harmless, wrapped where there is a width, and with one line break at its end,
 * however many the model wrote.
 */
export class AnswerText {
  readonly #write: (text: string) => void;
  readonly #wrap: WordWrap | undefined;
  /** White space that only counts if something follows. */
  #trailing = "";

  /** @param width columns to wrap at; none for no wrapping */
  constructor(write: (text: string) => void, width: (() => number) | undefined) {
    this.#write = write;
    this.#wrap = width === undefined ? undefined : new WordWrap(width);
  }

  push(piece: string): void {
    const text = this.#trailing + withoutControls(piece);
    const end = text.trimEnd().length;
    this.#trailing = text.slice(end);
    this.#put(text.slice(0, end));
  }

  end(): void {
    this.#write(`${this.#wrap?.flush() ?? ""}\n`);
  }

  #put(text: string): void {
    const written = this.#wrap === undefined ? text : this.#wrap.push(text);
    if (written !== "") this.#write(written);
  }
}
