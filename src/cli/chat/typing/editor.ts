import { emitKeypressEvents, type Key } from "node:readline";
import type { Streams } from "../../terminal.js";
import type { Completions } from "./completer.js";
import { type Line, OpenLine, type Press } from "./open-line.js";

/** What an editor needs beside the terminal. */
export interface LineEditorOptions {
  readonly complete: (line: string) => Completions;
  /** Ctrl-C while no line is read. */
  readonly onInterrupt: () => void;
}

/** Keys that are pressed while an answer is written wait for the next line, but no more of them than this. */
const MAX_WAITING = 65_536;
const PASTE_ON = "\x1b[?2004h";
const PASTE_OFF = "\x1b[?2004l";

/**
 * Reads lines from a terminal. It sorts the keys before an {@link OpenLine} has them: what is
 * pasted comes as one (bracketed paste), keys that come before their turn wait, Ctrl-Z leaves for the shell.
 */
export class LineEditor {
  readonly #streams: Streams;
  readonly #options: LineEditorOptions;
  readonly #hasPaste: boolean;
  readonly #waiting: Press[] = [];
  #open: OpenLine | undefined;
  #pasted: string | undefined;
  #isGone = false;

  constructor(streams: Streams, options: LineEditorOptions) {
    this.#streams = streams;
    this.#options = options;
    this.#hasPaste = streams.env["TERM"] !== "dumb";
  }

  /** Takes the terminal: from now on keys come here and are not shown. */
  start(): void {
    const { stdin } = this.#streams;
    emitKeypressEvents(stdin);
    stdin.on("keypress", this.#onKeypress).on("end", this.#onEnd).on("error", this.#onEnd);
    this.#takeTerminal();
    stdin.resume();
  }

  /** Gives the terminal back. */
  stop(): void {
    const { stdin } = this.#streams;
    // Errors go on to be heard: a terminal that is gone has one more.
    stdin.off("keypress", this.#onKeypress).off("end", this.#onEnd);
    this.#open?.finish({ kind: "end" });
    this.#giveTerminal();
    stdin.pause();
  }

  /**
   * @param initial what the line begins with
   * @param history the oldest entry first
   */
  async read(prompt: string, history: readonly string[], initial = ""): Promise<Line> {
    if (this.#isGone) return { kind: "end" };
    const line = await new Promise<Line>((resolve) => {
      const { complete } = this.#options;
      this.#open = new OpenLine({ output: this.#streams.stdout, prompt, history, complete, onEnd: resolve });
      if (initial !== "") this.#open.insert(initial);
      this.#replay();
    });
    this.#open = undefined;
    return line;
  }

  readonly #onKeypress = (text: string | undefined, key: Key): void => {
    if (key.name === "paste-start") this.#pasted = "";
    else if (key.name === "paste-end") {
      const pasted = this.#pasted ?? "";
      this.#pasted = undefined;
      this.#deliver({ pasted });
    } else if (this.#pasted !== undefined) this.#pasted += key.sequence ?? text ?? "";
    else this.#deliver({ text, key });
  };

  readonly #onEnd = (): void => {
    this.#isGone = true;
    this.#open?.finish({ kind: "end" });
  };

  #deliver(press: Press): void {
    if (isCtrl(press, "z") && process.platform !== "win32") this.#suspend();
    else if (this.#open !== undefined && !this.#open.isOver && this.#waiting.length === 0) {
      this.#open.press(press);
    } else if (isCtrl(press, "c") && this.#open === undefined) {
      this.#waiting.length = 0;
      this.#options.onInterrupt();
    } else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(press);
  }

  #replay(): void {
    while (this.#open !== undefined && !this.#open.isOver) {
      const press = this.#waiting.shift();
      if (press === undefined) return;
      this.#open.press(press);
    }
  }

  #takeTerminal(): void {
    const { stdin, stdout } = this.#streams;
    stdin.setRawMode(true);
    if (this.#hasPaste) stdout.write(PASTE_ON);
  }

  #giveTerminal(): void {
    const { stdin, stdout } = this.#streams;
    if (this.#hasPaste) stdout.write(PASTE_OFF);
    stdin.setRawMode(false);
  }

  /** Leaves the terminal to the shell until that brings the process back. */
  #suspend(): void {
    this.#giveTerminal();
    process.once("SIGCONT", () => {
      this.#takeTerminal();
      this.#open?.refresh();
    });
    process.kill(process.pid, "SIGTSTP");
  }
}

function isCtrl(press: Press, name: string): boolean {
  return "key" in press && press.key.ctrl === true && press.key.name === name && press.key.shift !== true;
}
