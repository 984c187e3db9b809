import { PassThrough, Writable } from "node:stream";
import { run } from "#dist/cli/main.js";
import { type Streams, Terminal } from "#dist/cli/terminal.js";
import type { CommandResult } from "./command.js";

export interface RunOptions {
  /** What standard input has; null is a keyboard at which nobody types, undefined an input that is at its end. */
  readonly input?: string | Uint8Array | null;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether stdout and stderr are a terminal, of so many columns. */
  readonly columns?: number;
  /** What writing to stdout fails with. */
  readonly stdoutError?: NodeJS.ErrnoException;
  /** The same of stderr. */
  readonly stderrError?: NodeJS.ErrnoException;
}

/** Runs a command line in this process: what a process would show, without the time that one takes to start. */
export async function runCommand(args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
  const { input, env = {}, columns, stdoutError, stderrError } = options;
  const out = new Sink(columns, stdoutError);
  const err = new Sink(columns, stderrError);
  const stdin = Object.assign(new PassThrough(), { isTTY: input === null });
  if (input !== null) stdin.end(input ?? "");
  const streams = { stdin, stdout: out, stderr: err, env } as unknown as Streams;
  const code = await run(args, new Terminal(streams));
  return { code, stdout: out.text, stderr: err.text };
}

/** A stream that keeps what is written to it, and is a terminal where it has columns. */
class Sink extends Writable {
  readonly isTTY: boolean;
  readonly columns: number | undefined;
  // Not #private: a stream that inherits from this one must be able to write to it.
  private readonly failure: Error | undefined;
  private readonly chunks: Buffer[] = [];

  constructor(columns: number | undefined, error: Error | undefined) {
    super();
    this.isTTY = columns !== undefined;
    this.columns = columns;
    this.failure = error;
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString("utf8");
  }

  clearLine(): boolean {
    return true;
  }

  cursorTo(): boolean {
    return true;
  }

  moveCursor(): boolean {
    return true;
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    if (this.failure === undefined) this.chunks.push(chunk);
    done(this.failure);
  }
}
