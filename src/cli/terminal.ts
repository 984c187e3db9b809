import { styleText } from "node:util";
import { withoutControls } from "./show/plain-text.js";
import type { ProgressLine } from "./show/progress-line.js";

/** Where a command reads and writes; the process's own streams, or a test's. */
export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

type Style = Parameters<typeof styleText>[0];

/**
 * What a person sees: the answer goes to stdout, everything else to stderr. Colours and spinners appear only where
 * stderr is a terminal.
 */
export class Terminal {
  readonly streams: Streams;
  /** Whether only answers, warnings and errors are wanted. */
  isQuiet = false;
  #hasColour: boolean;

  constructor(streams: Streams) {
    this.streams = streams;
    this.#hasColour = this.allowsColour(streams.stderr);
  }

  /** Whether colours are seen on a stream, and not unwelcome. */
  allowsColour(stream: NodeJS.WriteStream): boolean {
    const { env } = this.streams;
    return stream.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb";
  }

  /** Whether a person watches both streams. */
  get isInteractive(): boolean {
    return this.streams.stdout.isTTY === true && this.streams.stderr.isTTY === true;
  }

  /** Switches colours on or off, whatever the streams and the environment say. */
  setColour(isWanted: boolean): void {
    this.#hasColour = isWanted;
  }

  /** Part of the answer, of which the caller knows that a terminal can bear it. */
  write(text: string): void {
    this.streams.stdout.write(text);
  }

  /** Part of the answer as a model or a file has it: a terminal gets it without control characters. */
  print(text: string): void {
    this.write(this.streams.stdout.isTTY === true ? withoutControls(text) : text);
  }

  /** A long answer in parts, each of which waits for its reader. */
  async printAll(parts: Iterable<string>, signal: AbortSignal): Promise<void> {
    for (const part of parts) {
      signal.throwIfAborted();
      await new Promise<void>((resolve) => this.streams.stdout.write(part, () => resolve()));
    }
  }

  /** A line for the person, beside the answer. */
  note(line: string): void {
    if (!this.isQuiet) this.tell(line);
  }

  /** A line about what may go wrong, shown with `-q` as well. */
  warn(message: string): void {
    this.tell(`${this.style("yellow", "warning:")} ${withoutControls(message)}`);
  }

  /** A line about what went wrong. */
  error(message: string): void {
    this.tell(`${this.style("red", "error:")} ${withoutControls(message)}`);
  }

  style(style: Style, text: string): string {
    // Whether there are colours was decided above, for the stream that is read and the flags that were given.
    return this.#hasColour ? styleText(style, text, { validateStream: false }) : text;
  }

  /** Shows that something lasts; nothing where nobody watches, or nobody wants to. */
  async spinner(text: string): Promise<Spinner> {
    const { stderr, env } = this.streams;
    if (stderr.isTTY !== true || env["TERM"] === "dumb" || this.isQuiet) return new Spinner();
    // Loaded only here: ora takes longer to load than a small model.
    const { ProgressLine } = await import("./show/progress-line.js");
    return new Spinner(new ProgressLine(stderr, text, this.#hasColour));
  }

  /** A line that a person must have seen before a question is answered, shown with `-q` as well. */
  tell(line: string): void {
    this.streams.stderr.write(`${line}\n`);
  }
}

/** A line on the terminal that says what goes on, or nothing at all. */
export class Spinner {
  readonly #line: ProgressLine | undefined;

  constructor(line?: ProgressLine) {
    this.#line = line;
  }

  /**
   * @param done 0 to 1
   * @param text what to say from now on, of the same work
   */
  readonly progress = (done: number, text?: string): void => this.#line?.progress(done, text);

  /** Says what goes on now. */
  say(text: string): void {
    this.#line?.say(text);
  }

  /** Takes the line away until it is drawn again, so that other text can be written. */
  clear(): void {
    this.#line?.clear();
  }

  /** Takes the line away. */
  stop(): void {
    this.#line?.stop();
  }
}
