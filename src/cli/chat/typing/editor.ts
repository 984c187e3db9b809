import { createInterface, emitKeypressEvents, type Interface, type Key } from "node:readline";
import { PassThrough } from "node:stream";
import { withoutControls } from "../../show/plain-text.js";
import type { Streams } from "../../terminal.js";
import type { Completions } from "./completer.js";
import { cursorAbove, cursorBelow } from "./cursor.js";
import { Recall } from "./recall.js";

/** How reading a line ended. */
export type Line =
  | { readonly kind: "line"; readonly text: string }
  /** Ctrl-C. */
  | { readonly kind: "interrupt"; readonly hadText: boolean }
  /** Ctrl-D on an empty line, or a terminal that is gone. */
  | { readonly kind: "end" };

/** What an editor needs beside the terminal. */
export interface LineEditorOptions {
  readonly complete: (line: string) => Completions;
  /** Ctrl-C while no line is read. */
  readonly onInterrupt: () => void;
}

/** A key as node:readline tells of it, or all that was pasted at once. */
type Press = { readonly text: string | undefined; readonly key: Key } | { readonly pasted: string };

/** Keys that are pressed while an answer is written wait for the next line; no more of them than this. */
const MAX_WAITING = 65_536;
const PASTE_ON = "\x1b[?2004h";
const PASTE_OFF = "\x1b[?2004l";

/**
 * Reads lines from a terminal. Between the keys and node:readline, which edits the line, it stands for what readline
 * does not know: text that is pasted as one (bracketed paste), lines with line breaks in them, a history that other
 * chats share, and keys that come before their turn.
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
      this.#open = new OpenLine(this.#streams.stdout, prompt, history, this.#options.complete, resolve);
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

/** What node:readline reads from; keys are handed to it one by one. */
class KeyInput extends PassThrough {
  readonly isTTY = true;
}

/** One line while it is edited. */
class OpenLine {
  readonly #input = new KeyInput();
  readonly #output: NodeJS.WriteStream;
  readonly #readline: Interface & { line: string; cursor: number };
  readonly #recall: Recall;
  readonly #resolve: (line: Line) => void;
  #isOver = false;

  constructor(
    output: NodeJS.WriteStream,
    prompt: string,
    history: readonly string[],
    complete: (line: string) => Completions,
    resolve: (line: Line) => void,
  ) {
    this.#output = output;
    this.#recall = new Recall(history);
    this.#resolve = resolve;
    this.#readline = createInterface({
      input: this.#input,
      output,
      terminal: true,
      prompt,
      historySize: 0,
      completer: (line: string) => complete(line),
    });
    this.#readline.on("line", (text) => this.finish({ kind: "line", text }));
    this.#readline.on("close", () => this.finish({ kind: "end" }));
    this.#readline.prompt();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  press(press: Press): void {
    if ("pasted" in press) {
      this.insert(cleaned(press.pasted));
      return;
    }
    const { key } = press;
    const name = key.ctrl === true ? `ctrl-${key.name}` : key.meta === true ? `alt-${key.name}` : key.name;
    if (name === "ctrl-c") this.#interrupt();
    else if (name === "up" || name === "ctrl-p") this.#up();
    else if (name === "down" || name === "ctrl-n") this.#down();
    else if (name === "alt-return" || name === "alt-enter") this.insert("\n");
    else this.#input.emit("keypress", press.text, key);
  }

  /** Puts text at the cursor, with line breaks and all. */
  insert(text: string): void {
    const { line, cursor } = this.#readline;
    this.#set(line.slice(0, cursor) + text + line.slice(cursor), cursor + text.length);
  }

  refresh(): void {
    this.#readline.prompt(true);
  }

  finish(line: Line): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#readline.close();
    this.#resolve(line);
  }

  #interrupt(): void {
    const { line } = this.#readline;
    this.#set(line, line.length);
    this.#output.write("\n");
    this.finish({ kind: "interrupt", hadText: line !== "" });
  }

  #up(): void {
    const { line, cursor } = this.#readline;
    const above = cursorAbove(line, cursor);
    const entry = above === undefined ? this.#recall.older(line) : line;
    if (entry !== undefined) this.#set(entry, above ?? entry.length);
  }

  #down(): void {
    const { line, cursor } = this.#readline;
    const below = cursorBelow(line, cursor);
    const entry = below === undefined ? this.#recall.newer() : line;
    if (entry !== undefined) this.#set(entry, below ?? entry.length);
  }

  #set(line: string, cursor: number): void {
    this.#readline.line = line;
    this.#readline.cursor = cursor;
    this.refresh();
  }
}

/** Pasted text without the line break at its end, which would be the key that sends it. */
function cleaned(pasted: string): string {
  return withoutControls(pasted.replace(/\r\n?/g, "\n")).replace(/\n$/, "");
}
