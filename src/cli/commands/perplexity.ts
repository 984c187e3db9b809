import type { Command } from "commander";
import { measurePerplexity } from "../../generation/perplexity.js";
import { addLoadOptions, type LoadFlags } from "../flags/load.js";
import { interruptible } from "../interrupt.js";
import { loadModel, modelAndWords, modelOrBundled } from "../model.js";
import type { Terminal } from "../terminal.js";
import { readPrompt } from "../text-input.js";

interface PerplexityFlags extends LoadFlags {
  file?: string;
  json?: boolean;
}

/** `llama2 perplexity`: how well a model predicts a text. */
export function addPerplexityCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command("perplexity")
    .description("measure how well a model predicts a text")
    .argument("[model]", "the model's file, unless -m names it");
  addLoadOptions(command)
    .option("-f, --file <file>", "the text; else standard input")
    .option("--json", "print one JSON object");
  command.action((model: string | undefined, flags: PerplexityFlags) =>
    interruptible(terminal.streams.stdout, (signal) => perplexity(terminal, model, flags, signal)),
  );
}

async function perplexity(
  terminal: Terminal,
  word: string | undefined,
  flags: PerplexityFlags,
  signal: AbortSignal,
): Promise<void> {
  const given = modelAndWords(word === undefined ? [] : [word], flags);
  const path = modelOrBundled(given.model, terminal);
  const text = await readPrompt(terminal, { file: flags.file });
  // 512 is the window that published figures are measured with.
  const llama = await loadModel(terminal, path, { ctxSize: 512, ...flags }, signal);
  const spinner = await terminal.spinner("Reading the text");
  try {
    const found = await measurePerplexity(llama, text, { signal, onProgress: spinner.progress });
    spinner.stop();
    if (flags.json === true) terminal.write(`${JSON.stringify(found)}\n`);
    else {
      const { standardError, tokens, windows } = found;
      terminal.write(
        `perplexity ${found.perplexity.toFixed(4)} ± ${standardError.toFixed(4)} (${tokens} tokens in ${windows} windows of ${llama.contextSize})\n`,
      );
    }
  } finally {
    spinner.stop();
    await llama.dispose();
  }
}
