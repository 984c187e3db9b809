import { LlamaError, printable } from "../errors.js";
import { discardUnfinishedFiles } from "../files/atomic-file.js";

/** The exit code of a program that a signal ended, as shells have it. */
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

type SignalName = keyof typeof EXIT_CODES;

const SIGNALS = Object.keys(EXIT_CODES) as SignalName[];

/** What ended a command early. */
export class Interruption extends Error {
  override readonly name = "Interruption";
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Whether nothing more can be written: the reader had enough, or the disk is full. */
export function isOutputGone({ reason }: AbortSignal): boolean {
  return reason instanceof LlamaError || (reason instanceof Interruption && reason.exitCode === 0);
}

function unwritable(cause: NodeJS.ErrnoException): LlamaError {
  const reason = cause.code === "ENOSPC" ? "the disk is full" : printable(cause.message, 300);
  const message = `The output cannot be written: ${reason}; free some space, or write elsewhere.`;
  return new LlamaError("unwritable", message, { cause });
}

/**
 * Runs a command with a signal that Ctrl-C, SIGTERM, SIGHUP and a stdout that takes no more abort. A second Ctrl-C
 * ends the process at once. What was written is on its way when it returns, and was taken.
 */
export async function interruptible<T>(
  stdout: NodeJS.WriteStream,
  work: (signal: AbortSignal) => Promise<T>,
  signals: readonly SignalName[] = SIGNALS,
): Promise<T> {
  const controller = new AbortController();
  const { signal } = controller;
  const onSignal = (name: SignalName) => {
    // A terminal that is closed tells so several times; only a person who asks again is in a hurry.
    if (signal.aborted && name !== "SIGHUP") exitNow(name);
    controller.abort(new Interruption(`Ended by ${name}.`, EXIT_CODES[name]));
  };
  const onError = (error: NodeJS.ErrnoException) => {
    // `llama2 generate | head -1` has what it wanted: that is a success. EIO is a terminal that was closed, of which
    // SIGHUP tells as well.
    const hasGone = error.code === "EPIPE" || error.code === "EIO";
    controller.abort(hasGone ? new Interruption("Nobody reads the output.", 0) : unwritable(error));
  };
  for (const name of signals) process.on(name, onSignal);
  // It stays: an error that comes late must not end the process with a stack trace.
  stdout.on("error", onError);
  try {
    const result = await work(signal);
    if (!signal.aborted) await flushed(stdout);
    signal.throwIfAborted();
    return result;
  } finally {
    for (const name of signals) process.off(name, onSignal);
  }
}

/** For a user who does not want to wait until what is under way has ended. */
function exitNow(name: SignalName): never {
  discardUnfinishedFiles();
  process.exit(EXIT_CODES[name]);
}

/** Waits until the stream took what was written, or said that it cannot. */
export function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableEnded) resolve();
    // The error itself comes in its event, which follows the callback.
    else stream.write("", () => setImmediate(resolve));
  });
}
