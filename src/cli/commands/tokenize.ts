import type { Command } from "commander";
import { printable } from "../../errors.js";
import { Tokenizer } from "../../tokenizer/tokenizer.js";
import { modelAndWords, modelOrBundled } from "../model.js";
import type { Terminal } from "../terminal.js";
import { readPrompt } from "../text-input.js";

interface TokenizeFlags {
  model?: string;
  prompt?: string;
  file?: string;
  bos: boolean;
  special?: boolean;
  ids?: boolean;
  json?: boolean;
}

/** `llama2 tokenize`: the ids and pieces of a text. */
export function addTokenizeCommand(program: Command, terminal: Terminal): void {
  program
    .command("tokenize")
    .description("print the token ids and pieces of a text")
    .argument("[words...]", "the model's file, unless -m names it, and the text")
    .option("-m, --model <file>", "GGUF file of the model, or of its vocabulary alone")
    .option("-p, --prompt <text>", "the text")
    .option("-f, --file <file>", "a file with the text")
    .option("--no-bos", "do not begin with BOS")
    .option("--special", "read control tokens written in the text as such")
    .option("--ids", "print the ids alone, on one line")
    .option("--json", "print an array of objects with id and piece")
    .action((words: string[], flags: TokenizeFlags) => tokenize(terminal, words, flags));
}

async function tokenize(terminal: Terminal, words: readonly string[], flags: TokenizeFlags): Promise<void> {
  const given = modelAndWords(words, flags);
  const tokenizer = await Tokenizer.load(modelOrBundled(given.model, terminal));
  const text = flags.prompt ?? (given.words.length > 0 ? given.words.join(" ") : undefined);
  const prompt = await readPrompt(terminal, { text, file: flags.file });
  const addBos = flags.bos ? undefined : false;
  const ids = tokenizer.encode(prompt, { addBos, parseSpecial: flags.special });
  if (flags.ids === true) terminal.write(`${ids.join(" ")}\n`);
  else if (flags.json === true)
    terminal.write(`${JSON.stringify(ids.map((id) => ({ id, piece: tokenizer.piece(id) })))}\n`);
  else for (const id of ids) terminal.write(`${String(id).padStart(6)}  ${printable(tokenizer.piece(id))}\n`);
}
