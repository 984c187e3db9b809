import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { LlamaError } from "../errors.js";
import { compileOnFirstCall } from "../kernels/load.js";
import { normaliseArguments } from "./flags/load.js";
import { Interruption } from "./interrupt.js";
import { Terminal } from "./terminal.js";

type AddCommand = (program: Command, terminal: Terminal) => void;

/** The commands by their names, each with the module that has it: a run loads no more than its own. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  chat: async () => (await import("./chat/command.js")).addChatCommand,
  generate: async () => (await import("./commands/generate.js")).addGenerateCommand,
  inspect: async () => (await import("./commands/inspect.js")).addInspectCommand,
  tokenize: async () => (await import("./commands/tokenize.js")).addTokenizeCommand,
  perplexity: async () => (await import("./commands/perplexity.js")).addPerplexityCommand,
  quantize: async () => (await import("./commands/quantize.js")).addQuantizeCommand,
  bench: async () => (await import("./commands/bench.js")).addBenchCommand,
};

/** The process: everything else in this package leaves it alone. */
export async function main(): Promise<void> {
  compileOnFirstCall();
  const { stdin, stdout, stderr, env } = process;
  process.exitCode = await run(process.argv.slice(2), new Terminal({ stdin, stdout, stderr, env }));
}

/** Runs one command line and returns its exit code: 0, 1 for an error, 130 after Ctrl-C. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const program = await createProgram(terminal, args[0]);
    await program.parseAsync(normaliseArguments(args), { from: "user" });
    return 0;
  } catch (error) {
    return exitCodeOf(error, terminal);
  }
}

/** Where the first word is no command's name, all of them are there, to be listed. */
async function createProgram(terminal: Terminal, firstWord = ""): Promise<Command> {
  const { stdout, stderr } = terminal.streams;
  const program = new Command("llama2")
    .description("Run Llama-family GGUF models: no native code, no download.")
    .version(packageVersion(), "-V, --version")
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) });
  const only = Object.hasOwn(COMMANDS, firstWord) ? COMMANDS[firstWord] : undefined;
  for (const load of only === undefined ? Object.values(COMMANDS) : [only]) (await load())(program, terminal);
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
