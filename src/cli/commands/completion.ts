import { Argument, type Command } from "commander";
import { bashCompletion } from "../completion/bash.js";
import { fishCompletion } from "../completion/fish.js";
import { type CommandGrammar, grammarOf } from "../completion/grammar.js";
import { zshCompletion } from "../completion/zsh.js";
import { oneOf } from "../flags/values.js";
import type { Terminal } from "../terminal.js";

const SHELLS: Readonly<Record<string, (commands: readonly CommandGrammar[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** `llama2 completion`: a script that teaches a shell the commands and options. */
export function addCompletionCommand(
  program: Command,
  terminal: Terminal,
  _signal: AbortSignal,
  wholeProgram: () => Promise<Command>,
): void {
  const names = Object.keys(SHELLS);
  program
    .command("completion")
    .description("print a script that completes commands and options in a shell")
    .addArgument(new Argument("<shell>", "the shell").choices(names).argParser(oneOf(names)))
    .action(async (shell: string) => {
      terminal.write(SHELLS[shell]?.(grammarOf(await wholeProgram())) ?? "");
    });
}
