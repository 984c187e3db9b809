import { bundledModelPath } from "../../../bundled-model.js";
import { LlamaError } from "../../../errors.js";
import { findCommand, handle } from "../commands.js";
import type { Dialogue } from "../dialogue.js";
import { type Input, MessageAssembler } from "../typing/assembler.js";
import { complete } from "../typing/completer.js";
import { LineEditor } from "../typing/editor.js";
import type { History } from "../typing/history.js";

const BUNDLED_NOTE = "This is the 2 MB model in the package; name a real one with -m, a GGUF file or hf:OWNER/REPO.";
const PROMPT = "> ";
const PROMPT_FOR_MORE = ". ";

/** A chat with a person at a terminal, until that leaves or the signal is aborted. */
export async function chatInteractively(dialogue: Dialogue, history: History, signal: AbortSignal): Promise<void> {
  const repl = new Repl(dialogue, history);
  signal.addEventListener("abort", repl.end, { once: true });
  try {
    await repl.run(signal);
  } finally {
    signal.removeEventListener("abort", repl.end);
    repl.end();
  }
}

class Repl {
  readonly #dialogue: Dialogue;
  readonly #history: History;
  readonly #editor: LineEditor;
  readonly #assembler = new MessageAssembler((name) => findCommand(name) !== undefined);
  /** What was typed of the input that is under way. */
  #typed: string[] = [];
  /** Whether the last thing that happened was Ctrl-C on an empty line. */
  #hasHinted = false;

  constructor(dialogue: Dialogue, history: History) {
    this.#dialogue = dialogue;
    this.#history = history;
    const { streams } = dialogue.screen.terminal;
    this.#editor = new LineEditor(streams, {
      complete: (line) => complete(line, dialogue.settings.rows),
      onInterrupt: () => dialogue.stop(),
    });
  }

  /** Gives the terminal back; a line that is read ends. */
  readonly end = (): void => this.#editor.stop();

  async run(signal: AbortSignal): Promise<void> {
    const { screen, partner } = this.#dialogue;
    screen.note(partner.line);
    if (partner.local?.llama.file.path === bundledModelPath) screen.note(BUNDLED_NOTE);
    screen.note("/help lists the commands, Ctrl-D leaves.");
    this.#editor.start();
    while (!this.#dialogue.isOver && !signal.aborted) await this.#step(signal);
  }

  async #step(signal: AbortSignal): Promise<void> {
    const { terminal } = this.#dialogue.screen;
    const isOpen = this.#assembler.isOpen;
    if (!isOpen) terminal.write("\n");
    const prompt = terminal.style(["bold", "green"], isOpen ? PROMPT_FOR_MORE : PROMPT);
    const line = await this.#editor.read(prompt, this.#history.entries, this.#dialogue.takeDraft());
    if (signal.aborted) terminal.write("\n");
    else if (line.kind === "end") {
      terminal.write("\n");
      this.#dialogue.leave();
    } else if (line.kind === "interrupt") {
      this.#interrupt(line.hadText);
    } else {
      this.#hasHinted = false;
      await this.#take(line.text);
    }
  }

  #interrupt(hadText: boolean): void {
    const wasIdle = !hadText && !this.#assembler.isOpen;
    this.#assembler.reset();
    this.#typed = [];
    this.#dialogue.cancelEdit();
    if (wasIdle && this.#hasHinted) this.#dialogue.leave();
    else if (wasIdle) this.#dialogue.screen.note("(Ctrl-C again or Ctrl-D leaves)");
    this.#hasHinted = wasIdle;
  }

  async #take(line: string): Promise<void> {
    this.#typed.push(line);
    const input = this.#assembler.push(line);
    if (input === undefined) return;
    const typed = this.#typed.join("\n");
    this.#typed = [];
    try {
      this.#remember(input, typed);
      await handle(this.#dialogue, input);
    } catch (error) {
      this.#dialogue.screen.report(error);
    }
  }

  /** What was typed comes back by Up: a message of several lines as such, anything else as it was typed. */
  #remember(input: Input, typed: string): void {
    const isLong = input.kind === "message" && input.text.includes("\n");
    try {
      this.#history.add(isLong ? input.text : typed, this.#dialogue.settings.switches.history);
    } catch (error) {
      if (!(error instanceof LlamaError)) throw error;
      this.#dialogue.settings.set("history", "off");
      this.#dialogue.screen.warn(error.message);
    }
  }
}
