import { fstatSync, readFileSync } from "node:fs";
import { LlamaError, printable } from "../errors.js";
import type { Terminal } from "./terminal.js";

/** After this many milliseconds without a word on stdin the person is told what is waited for. */
const HINT_MS = 3000;

/** The text that a command was given: what came on stdin, then the file or the words of the command line. */
export async function readPrompt(
  terminal: Terminal,
  given: { text?: string | undefined; file?: string | undefined },
): Promise<string> {
  const own = given.file === undefined ? (given.text ?? "") : readPromptFile(given.file);
  const piped = await readStdin(terminal);
  return piped + own;
}

function readPromptFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new LlamaError("not-found", `The prompt file ${printable(path, 256)} cannot be read; check the path.`, {
      cause,
    });
  }
}

/** All of stdin where it is a pipe or a file, else nothing. */
async function readStdin(terminal: Terminal): Promise<string> {
  const { stdin } = terminal.streams;
  if (stdin.isTTY === true || !carriesText()) return "";
  const hint = setTimeout(() => terminal.note("Waiting for the end of the text on standard input ..."), HINT_MS);
  try {
    stdin.setEncoding("utf8");
    let text = "";
    for await (const chunk of stdin) text += String(chunk);
    return text;
  } finally {
    clearTimeout(hint);
  }
}

const STDIN_FD = 0;

/** A process that was started without a terminal often has something on stdin that never says anything. */
function carriesText(): boolean {
  try {
    const stat = fstatSync(STDIN_FD);
    return stat.isFIFO() || stat.isFile() || stat.isSocket();
  } catch {
    return false;
  }
}
