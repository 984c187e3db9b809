import { existsSync } from "node:fs";
import { LlamaError, printable } from "../errors.js";
import { readText } from "../files/pipe.js";
import { decodeText } from "../files/text.js";
import { unescaped } from "./flags/values.js";
import { ask, noText } from "./input/question.js";
import { isUnread, kindOfInput, readStream } from "./input/standard-input.js";
import type { Terminal } from "./terminal.js";

/** More than fits into any context; a larger text would be tokens beyond what V8 can hold in an array. */
export const MAX_TEXT_BYTES = 32 << 20;

/** After this many milliseconds without a word on stdin the person is told what is waited for. */
const HINT_MS = 1000;

/**
 * How long text on stdin is waited for where there is other text, in milliseconds. A shell's pipe was made on purpose,
 * and the command at its other end may take its time; a socket is what programs give their children by default, and
 * whoever uses it has written to it before the child could look.
 */
const PATIENCE_MS = { pipe: 5000, file: undefined, socket: 300 } as const;

/** Where a command's text may come from. */
export interface GivenText {
  /** Of `-p`. */
  readonly prompt?: string | undefined;
  /** Behind the flags. */
  readonly words?: readonly string[] | undefined;
  /** Of `-f`; `-` is standard input. */
  readonly file?: string | undefined;
  /** Whether backslashes in the prompt and the words begin escapes. */
  readonly escape?: boolean | undefined;
  /** Whether one line break at the end of a text from a file, or from standard input alone, belongs to the text. */
  readonly keepsLastLine?: boolean | undefined;
  /** What a person at a terminal is asked for. */
  readonly question?: string | undefined;
}

/**
 * The text that a command was given, once: words, `-p` or `-f`. What comes through standard input stands before the
 * text of `-p` and `-f`, or is the text where there is no other. Words leave standard input alone: it may belong to a
 * loop.
 * @throws LlamaError `option` where there is none or more than one, `format` for what is not text; the signal's reason
 *   when aborted
 */
export async function readPrompt(terminal: Terminal, given: GivenText, signal: AbortSignal): Promise<string> {
  const { prompt, words = [], file } = given;
  if ([prompt !== undefined, words.length > 0, file !== undefined].filter(Boolean).length > 1) {
    throw new LlamaError("option", "The text was given more than once; give it as words, with -p or with -f.");
  }
  const finished = (text: string) => (given.keepsLastLine === true ? text : text.replace(/\r?\n$/, ""));
  if (words.length > 0) {
    noteUnreadInput(terminal);
    return escaped(words.join(" "), given);
  }
  if (file === "-" || file === "/dev/stdin") return finished(await readInput(terminal, signal));
  if (file !== undefined) {
    return (
      (await readInputBefore(terminal, signal)) + finished(await readText(file, "a text file", MAX_TEXT_BYTES, signal))
    );
  }
  if (prompt !== undefined) {
    noteFileName(terminal, prompt);
    return (await readInputBefore(terminal, signal)) + escaped(prompt, given);
  }
  return finished(await onlyInput(terminal, given, signal));
}

function escaped(text: string, given: GivenText): string {
  return given.escape === true ? unescaped(text) : text;
}

async function onlyInput(terminal: Terminal, { question }: GivenText, signal: AbortSignal): Promise<string> {
  const { stdin, stderr } = terminal.streams;
  const kind = kindOfInput(stdin);
  if (kind === "none") throw noText();
  if (kind !== "keyboard") return readInput(terminal, signal);
  if (question === undefined || stderr.isTTY !== true) throw noText();
  return ask(terminal, question, signal);
}

/** All of stdin, however long it takes. */
async function readInput(terminal: Terminal, signal: AbortSignal): Promise<string> {
  return (await readWithHint(terminal, signal, undefined)) ?? "";
}

/** What stdin has to say before other text: nothing where it keeps silent, and that is said. */
async function readInputBefore(terminal: Terminal, signal: AbortSignal): Promise<string> {
  const kind = kindOfInput(terminal.streams.stdin);
  if (kind === "keyboard" || kind === "none") return "";
  const patience = PATIENCE_MS[kind];
  const text = await readWithHint(terminal, signal, patience);
  if (text === undefined && kind === "pipe") {
    terminal.warn(
      `nothing came on standard input for ${PATIENCE_MS.pipe / 1000} s, so it is left out; -f - waits for it.`,
    );
  }
  return text ?? "";
}

async function readWithHint(
  terminal: Terminal,
  signal: AbortSignal,
  patience: number | undefined,
): Promise<string | undefined> {
  const { stdin } = terminal.streams;
  const name = "Standard input";
  const hint = setTimeout(() => terminal.note("Waiting for text on standard input ..."), HINT_MS);
  try {
    const bytes = await readStream(stdin, { signal, maxBytes: MAX_TEXT_BYTES, name, patience });
    return bytes && decodeText(bytes, name, "text");
  } finally {
    clearTimeout(hint);
  }
}

/** Text that was meant to be read, and is not, is not passed over in silence. */
function noteUnreadInput(terminal: Terminal): void {
  const { stdin } = terminal.streams;
  const kind = kindOfInput(stdin);
  const mayHoldText = typeof (stdin as { fd?: number }).fd === "number" && (kind === "pipe" || kind === "file");
  if (mayHoldText && (kind === "pipe" || isUnread(stdin))) {
    terminal.note(
      "Standard input is not read, as the text was given as words; with -p it would stand before the text.",
    );
  }
}

function noteFileName(terminal: Terminal, prompt: string): void {
  if (!/^\S+\.\w{1,8}$/.test(prompt) || !existsSync(prompt)) return;
  terminal.note(`The text is "${printable(prompt)}" itself; to read the file of that name, use -f.`);
}
