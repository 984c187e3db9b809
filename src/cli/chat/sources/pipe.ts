import { createInterface } from "node:readline";
import { findCommand, handle } from "../commands.js";
import type { Dialogue } from "../dialogue.js";
import { MessageAssembler } from "../typing/assembler.js";

/**
 * A chat whose lines come from a pipe or a file: each is a turn. The first one that fails ends it.
 * @throws LlamaError what went wrong
 */
export async function chatByLines(dialogue: Dialogue, signal: AbortSignal): Promise<void> {
  const { stdin, stderr } = dialogue.screen.terminal.streams;
  const assembler = new MessageAssembler((name) => findCommand(name) !== undefined);
  const lines = createInterface({ input: stdin, terminal: false, crlfDelay: Number.POSITIVE_INFINITY });
  const end = () => lines.close();
  // With a keyboard and no screen to write to, the questions still need a prompt.
  const prompt = () => stdin.isTTY && stderr.write("> ");
  signal.addEventListener("abort", end, { once: true });
  try {
    prompt();
    for await (const line of lines) {
      const input = assembler.push(line);
      if (input !== undefined) await handle(dialogue, input);
      if (dialogue.isOver || signal.aborted) return;
      prompt();
    }
    if (stdin.isTTY) stderr.write("\n");
    const rest = assembler.end();
    if (rest !== undefined) await handle(dialogue, rest);
  } finally {
    signal.removeEventListener("abort", end);
    lines.close();
    stdin.pause();
  }
}
