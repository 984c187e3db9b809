import { LlamaError } from "../errors.js";
import { compileOnFirstCall } from "../kernels/load.js";
import { Interruption, interruptible } from "./interrupt.js";
import { runProgram } from "./program.js";
import { Terminal } from "./terminal.js";

/** The process: everything else in this package leaves it alone. */
export async function main(): Promise<void> {
  compileOnFirstCall();
  const { stdin, stdout, stderr, env } = process;
  process.exitCode = await run(process.argv.slice(2), new Terminal({ stdin, stdout, stderr, env }));
}

/** Runs one command line and returns its exit code: 0, 1 for an error, 130 after Ctrl-C. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const { stdout, stderr } = terminal.streams;
  // The answer is whole without its remarks, so nobody minds when those cannot be written.
  stderr.on("error", () => undefined);
  try {
    await interruptible(stdout, (signal) => runProgram(args, terminal, signal));
    return 0;
  } catch (error) {
    return exitCodeOf(error, terminal);
  }
}

function exitCodeOf(error: unknown, terminal: Terminal): number {
  if (error instanceof Interruption) return error.exitCode;
  if (error instanceof LlamaError) terminal.error(error.message);
  else terminal.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return 1;
}
