import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { LlamaError } from "../errors.js";
import { compileOnFirstCall } from "../kernels/load.js";
import { addBenchCommand } from "./bench.js";
import { addChatCommand } from "./chat/command.js";
import { addGenerateCommand } from "./generate.js";
import { addInspectCommand } from "./inspect.js";
import { Interruption } from "./interrupt.js";
import { normaliseArguments } from "./options.js";
import { addPerplexityCommand } from "./perplexity.js";
import { addQuantizeCommand } from "./quantize.js";
import { Terminal } from "./terminal.js";
import { addTokenizeCommand } from "./tokenize.js";

/** The process: everything else in this package leaves it alone. */
export async function main(): Promise<void> {
  compileOnFirstCall();
  const { stdin, stdout, stderr, env } = process;
  process.exitCode = await run(process.argv.slice(2), new Terminal({ stdin, stdout, stderr, env }));
}

/** Runs one command line and returns its exit code: 0, 1 for an error, 130 after Ctrl-C. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await createProgram(terminal).parseAsync(normaliseArguments(args), { from: "user" });
    return 0;
  } catch (error) {
    return exitCodeOf(error, terminal);
  }
}

function createProgram(terminal: Terminal): Command {
  const { stdout, stderr } = terminal.streams;
  const program = new Command("llama2")
    .description("Run Llama-family GGUF models: no native code, no download.")
    .version(packageVersion(), "-V, --version")
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) });
  addChatCommand(program, terminal);
  addGenerateCommand(program, terminal);
  addInspectCommand(program, terminal);
  addTokenizeCommand(program, terminal);
  addPerplexityCommand(program, terminal);
  addQuantizeCommand(program, terminal);
  addBenchCommand(program, terminal);
  // Subcommands copy these settings when they are made, so they must be told as well.
  for (const command of program.commands) command.copyInheritedSettings(program);
  return program;
}

function exitCodeOf(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode; // commander has said what is wrong
  if (error instanceof Interruption) return error.exitCode;
  if (error instanceof LlamaError) terminal.note(`${terminal.style("red", "Error:")} ${error.message}`);
  else terminal.note(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return 1;
}

function packageVersion(): string {
  const file = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(file) as { version: string }).version;
}
