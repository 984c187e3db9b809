import type { Spinner, Terminal } from "../../terminal.js";

/** What is over sooner than this many milliseconds needs no spinner: it would only flicker. */
const PATIENCE_MS = 200;

/** A spinner for what lasts, from the moment at which it does. */
export class Waiting {
  readonly #terminal: Terminal;
  #text: string;
  readonly #timer: NodeJS.Timeout;
  #spinner: Spinner | undefined;
  #isOver = false;
  #done: number | undefined;

  constructor(terminal: Terminal, text: string) {
    this.#terminal = terminal;
    this.#text = text;
    this.#timer = setTimeout(() => void this.#show(), PATIENCE_MS);
  }

  /** @param done 0 to 1 */
  readonly progress = (done: number): void => {
    this.#done = done;
    this.#spinner?.progress(done);
  };

  /** Says what goes on now. */
  say(text: string): void {
    this.#text = text;
    this.#done = undefined;
    this.#spinner?.say(text);
  }

  /** Takes the spinner away, once: what is written after that is not to be touched. */
  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#spinner?.stop();
  }

  async #show(): Promise<void> {
    const spinner = await this.#terminal.spinner(this.#text);
    if (this.#isOver) return spinner.stop();
    this.#spinner = spinner;
    if (this.#done !== undefined) spinner.progress(this.#done);
  }
}
