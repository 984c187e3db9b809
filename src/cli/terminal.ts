import { styleText } from "node:util";

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

  /** Part of the answer. */
  write(text: string): void {
    this.streams.stdout.write(text);
  }

  /** A line for the person, beside the answer. */
  note(line: string): void {
    this.streams.stderr.write(`${line}\n`);
  }

  style(style: Style, text: string): string {
    // Whether there are colours was decided above, for the stream that is read and the flags that were given.
    return this.#hasColour ? styleText(style, text, { validateStream: false }) : text;
  }

  /** Shows that something lasts; nothing where nobody watches. */
  async spinner(text: string): Promise<Spinner> {
    const { stderr } = this.streams;
    if (stderr.isTTY !== true) return new Spinner(text);
    // Loaded only here: it takes longer to load than a small model.
    const { default: ora } = await import("ora");
    return new Spinner(
      text,
      ora({ text, stream: stderr, discardStdin: false, color: this.#hasColour ? "cyan" : false }).start(),
    );
  }
}

/** A line on the terminal that says what goes on, with a percentage once there is one. */
export class Spinner {
  readonly #text: string;
  readonly #ora: Line | undefined;

  constructor(text: string, ora?: Line) {
    this.#text = text;
    this.#ora = ora;
  }

  /** @param done 0 to 1 */
  readonly progress = (done: number): void => {
    if (this.#ora !== undefined) this.#ora.text = `${this.#text} ${Math.floor(done * 100)} %`;
  };

  /** Says what goes on now. */
  say(text: string): void {
    if (this.#ora !== undefined) this.#ora.text = text;
  }

  /** Takes the line away until something new is said, so that other text can be written. */
  clear(): void {
    this.#ora?.clear();
  }

  /** Takes the line away. */
  stop(): void {
    this.#ora?.stop();
  }
}

/** What is used of an ora spinner. */
interface Line {
  text: string;
  clear(): unknown;
  stop(): unknown;
}
