import { LlamaError } from "../../../errors.js";
import type { Terminal } from "../../terminal.js";
import { AnswerText } from "./answer-text.js";
import { type ColumnRow, inColumns } from "./columns.js";
import { Waiting } from "./waiting.js";
import { wrapped } from "./word-wrap.js";

/**
 * Where a chat is read. With a person in front of it everything goes to the terminal; else stdout has answers alone.
 */
export class Screen {
  readonly terminal: Terminal;
  /** Whether a person types at a terminal and reads there. */
  readonly isInteractive: boolean;
  /** False where answers are wanted in another form. */
  readonly showsAnswers: boolean;

  constructor(terminal: Terminal, { isInteractive, showsAnswers }: Pick<Screen, "isInteractive" | "showsAnswers">) {
    this.terminal = terminal;
    this.isInteractive = isInteractive;
    this.showsAnswers = showsAnswers;
  }

  /** What was asked for, as by `/show`. */
  say(text: string): void {
    this.#put(this.#wrapped(text));
  }

  /** The same in two columns, and lines below it. */
  table(rows: readonly ColumnRow[], ...below: readonly string[]): void {
    const lines = inColumns(rows, this.isInteractive ? this.#width : Number.POSITIVE_INFINITY);
    this.#put([...lines, ...below.map((line) => this.#wrapped(line))].join("\n"));
  }

  /** A remark. */
  note(text: string): void {
    if (!this.terminal.isQuiet) this.#put(this.terminal.style("dim", this.#wrapped(text)));
  }

  warn(text: string): void {
    this.#putLabelled("warning:", "yellow", text);
  }

  /** An error that the chat survives; others are thrown on. */
  report(error: unknown): void {
    if (!(error instanceof LlamaError)) throw error;
    this.#putLabelled("error:", "red", error.message);
  }

  /** Shows what is waited for, if it lasts; to be stopped. */
  waiting(what: string): Waiting {
    return new Waiting(this.terminal, what);
  }

  /** The same while something is done. */
  async during<T>(what: string, work: () => Promise<T>): Promise<T> {
    const waiting = this.waiting(what);
    try {
      return await work();
    } finally {
      waiting.stop();
    }
  }

  /** Takes an answer. */
  answer(isWrapped: boolean): AnswerText {
    const write = this.showsAnswers ? (text: string) => this.terminal.write(text) : () => undefined;
    return new AnswerText(write, isWrapped && this.terminal.streams.stdout.isTTY ? () => this.#width : undefined);
  }

  /** Columns to fill. The last one stays free: terminals do not agree on what happens behind it. */
  get #width(): number {
    return Math.max(1, (this.terminal.streams.stdout.columns || 80) - 1);
  }

  #wrapped(text: string): string {
    return this.isInteractive ? wrapped(text, this.#width) : text;
  }

  #putLabelled(label: string, colour: "red" | "yellow", text: string): void {
    const whole = this.#wrapped(`${label} ${text}`);
    this.#put(this.terminal.style(colour, label) + whole.slice(label.length));
  }

  #put(text: string): void {
    const { stdout, stderr } = this.terminal.streams;
    (this.isInteractive ? stdout : stderr).write(`${text}\n`);
  }
}
