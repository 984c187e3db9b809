import { getBuiltinModule } from "node:process";
import { LlamaError } from "../../errors.js";
import type { Terminal } from "../terminal.js";

/**
 * A line that a person types.
 * @throws LlamaError `option` where none comes; the signal's reason when aborted
 */
export async function ask(terminal: Terminal, question: string, signal: AbortSignal): Promise<string> {
  const { stdin, stderr } = terminal.streams;
  // Loaded only here, as every command can ask and few do. The terminal itself edits the line: it is one line, and
  // Ctrl-C stays a signal.
  const lines = getBuiltinModule("node:readline").createInterface({ input: stdin, terminal: false });
  const end = () => lines.close();
  signal.addEventListener("abort", end, { once: true });
  stderr.write(question);
  try {
    for await (const line of lines) return line;
  } finally {
    signal.removeEventListener("abort", end);
    lines.close();
    stdin.pause();
  }
  stderr.write("\n");
  signal.throwIfAborted();
  throw noText();
}

export function noText(): LlamaError {
  return new LlamaError("option", "There is no text; give it as words, with -p, with -f or on standard input.");
}
