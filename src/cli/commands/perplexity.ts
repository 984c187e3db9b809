import type { Command } from "commander";
import { LlamaError } from "../../errors.js";
import { measurePerplexity } from "../../generation/perplexity.js";
import { addLoadOptions, type LoadFlags } from "../flags/load.js";
import { modelAndWords, modelOrBundled, withModel } from "../model.js";
import { counted } from "../show/amounts.js";
import { toJson } from "../show/json.js";
import type { Terminal } from "../terminal.js";
import { readPrompt } from "../text-input.js";

interface PerplexityFlags extends LoadFlags {
  file?: string;
  json?: boolean;
}

/** The window that published figures are measured with. */
const USUAL_WINDOW = 512;

/** `llama2 perplexity`: how well a model predicts a text. */
export function addPerplexityCommand(program: Command, terminal: Terminal, signal: AbortSignal): void {
  const command = program
    .command("perplexity")
    .description("measure how well a model predicts a text")
    .argument("[model]", "the model's file, unless -m names it");
  addLoadOptions(command, { contextSize: String(USUAL_WINDOW) })
    .optionsGroup("Text:")
    .option("-f, --file <file>", "file with the text; otherwise standard input")
    .optionsGroup("Output:")
    .option("--json", "print one JSON object");
  command.action((model: string | undefined, flags: PerplexityFlags) => perplexity(terminal, model, flags, signal));
}

async function perplexity(
  terminal: Terminal,
  word: string | undefined,
  flags: PerplexityFlags,
  signal: AbortSignal,
): Promise<void> {
  const given = modelAndWords(word === undefined ? [] : [word], flags);
  if (given.words.length > 0) {
    throw new LlamaError("option", "perplexity reads its text from a file or standard input: give it with -f.");
  }
  const text = await readPrompt(terminal, { file: flags.file }, signal);
  const path = modelOrBundled(given.model, terminal, terminal.streams.env);
  await withModel(terminal, path, { ctxSize: USUAL_WINDOW, ...flags }, signal, async (llama) => {
    const spinner = await terminal.spinner("Splitting the text into tokens");
    try {
      const onProgress = (done: number, soFar: number) => {
        // Before the second half of the first window nothing is predicted.
        spinner.progress(done, Number.isNaN(soFar) ? "Reading the text" : `Perplexity ${soFar.toFixed(3)} so far,`);
      };
      const found = await measurePerplexity(llama, text, {
        signal,
        onProgress,
        onEncodeProgress: spinner.progress,
      });
      spinner.stop();
      const { standardError, tokens, windows } = found;
      const measured = `${counted(tokens, "token")} in ${counted(windows, "window")} of ${llama.contextSize}`;
      if (flags.json === true) terminal.write(`${toJson(found)}\n`);
      else {
        const value = `${found.perplexity.toFixed(4)} ± ${standardError.toFixed(4)}`;
        terminal.write(`perplexity ${value} (${measured})\n`);
      }
    } finally {
      spinner.stop();
    }
  });
}
