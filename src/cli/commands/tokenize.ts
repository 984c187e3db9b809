import type { Command } from "commander";
import { LlamaError, printable } from "../../errors.js";
import { Tokenizer } from "../../tokenizer/tokenizer.js";
import { addHubOptions, type HubFlags } from "../flags/hub.js";
import { modelAndWords, modelOrBundled } from "../model.js";
import { locateModel } from "../model-place.js";
import { toJson } from "../show/json.js";
import type { Terminal } from "../terminal.js";
import { readPrompt } from "../text-input.js";

interface TokenizeFlags extends HubFlags {
  model?: string;
  prompt?: string;
  file?: string;
  escape?: boolean;
  bos: boolean;
  special?: boolean;
  ids?: boolean;
  json?: boolean;
}

/** `llama2 tokenize`: the ids and pieces of a text. */
export function addTokenizeCommand(program: Command, terminal: Terminal, signal: AbortSignal): void {
  const command = program
    .command("tokenize")
    .description("print the token ids and pieces of a text")
    .argument("[words...]", "the model's file, unless -m names it, and the text")
    .option("-m, --model <model>", "GGUF file of the model or of its vocabulary alone, hf:OWNER/REPO[:QUANT] or URL");
  addHubOptions(command)
    .option("-p, --prompt <text>", "the text")
    .option("-f, --file <file>", "file with the text, - is standard input; every byte of it counts")
    .option("-e, --escape", 'read \\n, \\t, \\" and \\\\ in the text as escapes')
    .option("--no-bos", "do not begin with BOS")
    .option("--special", "parse control tokens written in the text")
    .option("--ids", "print the ids alone, on one line")
    .option("--json", "print an array of objects with id and piece")
    .action((words: string[], flags: TokenizeFlags) => tokenize(terminal, words, flags, signal));
}

async function tokenize(
  terminal: Terminal,
  words: readonly string[],
  flags: TokenizeFlags,
  signal: AbortSignal,
): Promise<void> {
  if (flags.ids === true && flags.json === true) {
    throw new LlamaError("option", "Choose one of --ids and --json.");
  }
  const given = modelAndWords(words, flags);
  const question = "Text: ";
  const text = await readPrompt(terminal, { ...flags, words: given.words, question, keepsLastLine: true }, signal);
  const name = modelOrBundled(given.model, terminal, terminal.streams.env);
  const tokenizer = await Tokenizer.load(await locateModel(terminal, name, flags, signal));
  const ids = tokenizer.encode(text, { addBos: flags.bos ? undefined : false, parseSpecial: flags.special });
  await terminal.printAll(lines(tokenizer, ids, flags), signal);
}

/** Ids that are written at once. */
const STRETCH = 4096;

/** The output, some thousand tokens at a time. */
function* lines(
  tokenizer: Tokenizer,
  ids: readonly number[],
  { ids: idsAlone, json }: TokenizeFlags,
): Generator<string> {
  const one = (id: number) => {
    if (idsAlone === true) return String(id);
    return json === true
      ? toJson({ id, piece: tokenizer.piece(id) })
      : `${String(id).padStart(6)}  ${printable(tokenizer.piece(id))}\n`;
  };
  const between = idsAlone === true ? " " : json === true ? "," : "";
  if (json === true) yield "[";
  for (let start = 0; start < ids.length; start += STRETCH) {
    if (start > 0) yield between;
    yield ids
      .slice(start, start + STRETCH)
      .map(one)
      .join(between);
  }
  if (json === true) yield "]\n";
  if (idsAlone === true) yield "\n";
}
