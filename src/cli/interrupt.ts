import { LlamaError, printable } from "../errors.js";

/** The exit code of a program that a signal ended, as shells have it. */
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

type SignalName = keyof typeof EXIT_CODES;

/** What ended a command early. */
export class Interruption extends Error {
  override readonly name = "Interruption";
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

function unwritable(cause: Error): LlamaError {
  const message = `The output cannot be written: ${printable(cause.message, 300)}; free some space, or write elsewhere.`;
  return new LlamaError("unwritable", message, { cause });
}

/** SIGHUP is left out: whoever has it ignored, as nohup does, wants the command to go on. */
const USUAL_SIGNALS: readonly SignalName[] = ["SIGINT", "SIGTERM"];

/**
 * Runs a command with a signal that Ctrl-C, SIGTERM and a closed stdout abort. A second Ctrl-C ends the process
 * at once.
 */
export async function interruptible<T>(
  stdout: NodeJS.WriteStream,
  work: (signal: AbortSignal) => Promise<T>,
  signals: readonly SignalName[] = USUAL_SIGNALS,
): Promise<T> {
  const controller = new AbortController();
  const onSignal = (name: SignalName) => {
    // A terminal that is closed tells so several times; only a person who asks again is in a hurry.
    if (controller.signal.aborted && name !== "SIGHUP") process.exit(EXIT_CODES[name]);
    controller.abort(new Interruption(`Ended by ${name}.`, EXIT_CODES[name]));
  };
  const onError = (error: NodeJS.ErrnoException) => {
    // `llama2 generate | head -1` has what it wanted: that is a success. EIO is a terminal that was closed, of which
    // SIGHUP tells as well.
    const isUnread = error.code === "EPIPE" || error.code === "EIO";
    controller.abort(isUnread ? new Interruption("Nobody reads the output.", 0) : unwritable(error));
  };
  for (const name of signals) process.on(name, onSignal);
  stdout.on("error", onError);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of signals) process.off(name, onSignal);
  }
}
