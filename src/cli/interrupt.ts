/** The exit code of a program that a signal ended, as shells have it. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** What ended a command early. */
export class Interruption extends Error {
  override readonly name = "Interruption";
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * Runs a command with a signal that Ctrl-C, SIGTERM and a closed stdout abort. A second Ctrl-C ends the process
 * at once.
 */
export async function interruptible<T>(
  stdout: NodeJS.WriteStream,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const onSignal = (name: keyof typeof EXIT_CODES) => {
    if (controller.signal.aborted) process.exit(EXIT_CODES[name]);
    controller.abort(new Interruption(`Ended by ${name}.`, EXIT_CODES[name]));
  };
  // `llama2 generate | head -1` has what it wanted: that is a success.
  const onError = (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    controller.abort(new Interruption("Nobody reads the output.", 0));
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  stdout.on("error", onError);
  try {
    return await work(controller.signal);
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}
