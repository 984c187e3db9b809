import { Command, CommanderError } from "commander";
import { LlamaError, printable } from "../errors.js";
import { isElsewhere } from "../model-place.js";
import { nearest } from "../nearest.js";
import { packageVersion } from "../package-version.js";
import { readArguments, shownFlag } from "./flags/arguments.js";
import type { Terminal } from "./terminal.js";

/**
 * Adds a command to the program. Its signal is aborted where the command is to end early; `wholeProgram` is all of the
 * commands, for the one that knows the others.
 */
export type AddCommand = (
  program: Command,
  terminal: Terminal,
  signal: AbortSignal,
  wholeProgram: () => Promise<Command>,
) => void;

/** A command: its names, what people type, and the module that has it: a run loads no more than its own. */
interface CommandRow {
  readonly name: string;
  readonly alias?: string;
  readonly load: () => Promise<AddCommand>;
  /** Command lines without `llama2` and the name, each with what it is for. */
  readonly examples: readonly (readonly [args: string, about: string])[];
}

const COMMANDS: readonly CommandRow[] = [
  {
    name: "chat",
    load: async () => (await import("./chat/command.js")).addChatCommand,
    examples: [
      ["-m model.gguf", "a conversation"],
      ['-m model.gguf -p "What is 3 + 4?"', "one answer"],
      ["-m model.gguf --session notes.json", "a conversation that resumes where it ended"],
    ],
  },
  {
    name: "generate",
    alias: "run",
    load: async () => (await import("./commands/generate.js")).addGenerateCommand,
    examples: [
      ['"Once upon a time"', "with the model in the package"],
      ['-m model.gguf -n 100 --temp 0 "The capital of France is"', "at most 100 of the most likely tokens"],
      ['-m model.gguf -p "In short:" --json < notes.txt', "text from a file before the prompt, the answer as JSON"],
    ],
  },
  {
    name: "infill",
    load: async () => (await import("./commands/infill.js")).addInfillCommand,
    examples: [
      ["-m hf:TheBloke/CodeLlama-7B-GGUF src/app.ts --at 12:5", "what belongs at line 12, column 5"],
      ["-m codellama.gguf src/app.ts --in-place", "at the file's <FILL>, written into it"],
      ["-m codellama.gguf --prefix 'def add(a, b):' --suffix '    return c'", "of two texts"],
    ],
  },
  {
    name: "score",
    load: async () => (await import("./commands/score.js")).addScoreCommand,
    examples: [
      ['-m reward.gguf -p "What is 3 + 4?" -a "3 + 4 is 7."', "one answer, to a number"],
      ["-m reward.gguf -f pairs.jsonl > scored.jsonl", "many, a line of JSON each"],
    ],
  },
  {
    name: "serve",
    load: async () => (await import("./commands/serve.js")).addServeCommand,
    examples: [
      ["-m model.gguf", "at http://127.0.0.1:8080, with a page for chats"],
      ["-m model.gguf --parallel 8 --api-key-file keys.txt", "eight answers at once, for those who have a key"],
    ],
  },
  {
    name: "tokenize",
    load: async () => (await import("./commands/tokenize.js")).addTokenizeCommand,
    examples: [
      ['-m model.gguf "Hello, world"', "ids and pieces"],
      ["-m model.gguf --ids -f notes.txt", "the ids of a file's text"],
    ],
  },
  {
    name: "inspect",
    load: async () => (await import("./commands/inspect.js")).addInspectCommand,
    examples: [
      ["model.gguf", "a summary, the metadata and the memory it takes"],
      ["model.gguf --tensors", "the tensors too"],
      ["hf:OWNER/REPO:Q8_0", "of a file on the hub, of which a few MB are read"],
      ["a.gguf b.gguf", "how two files differ"],
    ],
  },
  {
    name: "pull",
    load: async () => (await import("./commands/pull.js")).addPullCommand,
    examples: [
      [
        "hf:TheBloke/Llama-2-7B-Chat-GGUF:Q4_K_M",
        "a model of the Hugging Face hub, into the folder it shares with others",
      ],
      ["https://example.com/model.gguf", "a file of any web server"],
    ],
  },
  {
    name: "list",
    alias: "ls",
    load: async () => (await import("./commands/list.js")).addListCommand,
    examples: [["", "all, the last used first"]],
  },
  {
    name: "rm",
    alias: "remove",
    load: async () => (await import("./commands/rm.js")).addRmCommand,
    examples: [["hf:TheBloke/Llama-2-7B-Chat-GGUF:Q4_K_M", "asks first"]],
  },
  {
    name: "bench",
    load: async () => (await import("./commands/bench.js")).addBenchCommand,
    examples: [
      ["-m model.gguf", "reading a prompt of 512 tokens, and writing 128"],
      ["--shape 7b --type q4_0 -t 1,2,4", "random weights of a known shape, with 1, 2 and 4 threads"],
    ],
  },
  {
    name: "perplexity",
    load: async () => (await import("./commands/perplexity.js")).addPerplexityCommand,
    examples: [["-m model.gguf -f text.txt", "in windows of 512 tokens"]],
  },
  {
    name: "quantize",
    load: async () => (await import("./commands/quantize.js")).addQuantizeCommand,
    examples: [["model-F16.gguf model-Q4_K_M.gguf Q4_K_M", "the usual choice"]],
  },
  {
    name: "convert",
    load: async () => (await import("./commands/convert.js")).addConvertCommand,
    examples: [
      ["Llama-3.2-1B model.gguf Q4_K_M", "a folder with safetensors, straight to a quantized type"],
      ["hf:OWNER/REPO model.gguf", "a repository of Hugging Face, in the type that its weights have"],
      ["stories15M.bin model.gguf", "a checkpoint of llama2.c, with tokenizer.bin beside it"],
    ],
  },
  {
    name: "completion",
    load: async () => (await import("./commands/completion.js")).addCompletionCommand,
    examples: [
      ["bash > ~/.local/share/bash-completion/completions/llama2", "for bash"],
      ['zsh > "$' + '{fpath[1]}/_llama2"', "for zsh"],
      ["fish > ~/.config/fish/completions/llama2.fish", "for fish"],
    ],
  },
  {
    name: "version",
    load: async () => (await import("./commands/version.js")).addVersionCommand,
    examples: [],
  },
];

const ENVIRONMENT = `
Environment:
  LLAMA2_MODEL     the model to use where none is named
  HF_TOKEN         access token of the Hugging Face hub
  HF_HOME, HF_HUB_CACHE, HF_ENDPOINT, HF_HUB_OFFLINE
                   as other programs of the hub read them
  NO_COLOR         set to anything: no colors
  LLAMA2_HISTORY   0: keep nothing of what is typed in a chat`;

/**
 * Runs a command line.
 * @throws LlamaError; what ended the command early
 */
export async function runProgram(given: readonly string[], terminal: Terminal, signal: AbortSignal): Promise<void> {
  const [first = "--help", ...rest] = given;
  if (first === "--version" || first === "-V") return terminal.write(`${packageVersion()}\n`);
  if (first === "--help" || first === "-h" || first === "help") {
    const [name] = rest;
    if (first === "help" && name !== undefined) return runCommand(getRow(name), ["--help"], terminal, signal);
    return (await wholeProgram(terminal, signal)).outputHelp();
  }
  return runCommand(getRow(first), rest, terminal, signal);
}

async function runCommand(
  row: CommandRow,
  given: readonly string[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const program = await createProgram([row], terminal, signal);
  const [command] = program.commands as [Command];
  const { args, notes, spellings } = readArguments(given, command);
  command.hook("preAction", () => {
    const { quiet, verbose } = command.opts<{ quiet?: boolean; verbose?: boolean }>();
    if (quiet === true && verbose === true) throw new LlamaError("option", "Choose one of --quiet and --verbose.");
    terminal.isQuiet = quiet === true;
    for (const note of notes) terminal.note(note);
  });
  try {
    await command.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help was asked for, and is on its way as any answer is.
    if (error.exitCode !== 0) throw inWords(error, row.name, spellings);
  }
}

/** All commands, as help and completion need them. */
function wholeProgram(terminal: Terminal, signal: AbortSignal): Promise<Command> {
  return createProgram(COMMANDS, terminal, signal);
}

/** A program with these commands. */
async function createProgram(rows: readonly CommandRow[], terminal: Terminal, signal: AbortSignal): Promise<Command> {
  const { stdout } = terminal.streams;
  const program = new Command("llama2")
    .description("Run Llama-family GGUF models, without native code.")
    .usage("COMMAND [options]")
    .option("-V, --version", "print the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand("help [command]", "show the help of a command")
    .addHelpText("after", `${ENVIRONMENT}\n\nllama2 COMMAND --help has the options and examples of a command.`)
    .configureHelp({ minWidthToWrap: 20 })
    .exitOverride()
    // The caller that catches the error reports it.
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      outputError: () => undefined,
      getOutHelpWidth: () => helpWidth(stdout),
    });
  const whole = () => wholeProgram(terminal, signal);
  for (const { load } of rows) (await load())(program, terminal, signal, whole);
  for (const command of program.commands) {
    // Subcommands copy these settings when they are made, so they must be told as well.
    command.copyInheritedSettings(program);
    addCommonOptions(command);
    const examples = rows.find(({ name }) => name === command.name())?.examples ?? [];
    command.addHelpText("after", examplesText(command.name(), examples));
  }
  return program;
}

function addCommonOptions(command: Command): void {
  const isKnown = command.options.some(({ long }) => long === "--quiet");
  command.optionsGroup("General:").helpOption("-h, --help", "show this help");
  if (!isKnown) command.option("-q, --quiet", "print the answer, warnings and errors only");
}

function examplesText(name: string, examples: CommandRow["examples"]): string {
  if (examples.length === 0) return "";
  return `\nExamples:\n${examples.map(([args, about]) => `  # ${about}\n  llama2 ${name} ${args}`).join("\n")}`;
}

const MIN_HELP_COLUMNS = 60;
const MAX_HELP_COLUMNS = 120;

/** Commander's own choice breaks where a terminal says that it has no columns. */
function helpWidth({ isTTY, columns }: NodeJS.WriteStream): number {
  if (isTTY !== true || !columns) return 80;
  return Math.min(MAX_HELP_COLUMNS, Math.max(MIN_HELP_COLUMNS, columns));
}

/** @throws LlamaError `option` with the nearest name */
function getRow(name: string): CommandRow {
  const found = COMMANDS.find((row) => row.name === name || row.alias === name);
  if (found !== undefined) return found;
  if (name.startsWith("-") || /\.gguf$/i.test(name) || isElsewhere(name)) {
    throw new LlamaError("option", `Name a command first: llama2 generate ${printable(name)} … or llama2 chat ….`);
  }
  const names = COMMANDS.flatMap((row) => (row.alias === undefined ? [row.name] : [row.name, row.alias]));
  const like = nearest(name, names);
  const hint = like === undefined ? "llama2 --help lists the commands." : `did you mean ${like}?`;
  throw new LlamaError("option", `There is no command "${printable(name)}"; ${hint}`);
}

/** What commander found to be wrong, in the words of this program. */
function inWords(error: CommanderError, command: string, spellings: ReadonlyMap<string, string>): LlamaError {
  const { code, message } = error;
  const said = message.replace(/^error: /, "");
  const [, flags = "", reason = ""] = /^option '(.+?)' argument '[\s\S]*' is invalid\. ([\s\S]*)$/.exec(said) ?? [];
  if (code === "commander.invalidArgument" && flags !== "") {
    return new LlamaError("option", `${shownFlag(flags, spellings)} ${reason}`, { cause: error });
  }
  const [, argument = "", why = ""] =
    /^command-argument value '[\s\S]*' is invalid for argument '(.+?)'\. ([\s\S]*)$/.exec(said) ?? [];
  if (argument !== "") {
    const sentence = why.startsWith("must be") ? `${argument} ${why}` : why;
    return new LlamaError("option", sentence, { cause: error });
  }
  const [, missing = ""] = /^missing required argument '(.+)'$/.exec(said) ?? [];
  const sentence =
    missing === ""
      ? `${said.charAt(0).toUpperCase()}${said.slice(1).replace(/\.?$/, ".")}`
      : `llama2 ${command} needs <${missing}>; llama2 ${command} --help says how it is used.`;
  return new LlamaError("option", sentence, { cause: error });
}
