import type { Command } from "commander";
import { LlamaError } from "../../errors.js";
import type { Generation } from "../../generation/generation.js";
import type { Llama } from "../../llama.js";
import type { TokenLogProbability } from "../../sampling/log-probabilities.js";
import { addLoadOptions, collect, type LoadFlags, wholeNumber } from "../flags/load.js";
import { addSamplingOptions, samplingOptions } from "../flags/sampling.js";
import { interruptible } from "../interrupt.js";
import { loadModel, modelAndWords, modelOrBundled } from "../model.js";
import { withoutControls } from "../show/plain-text.js";
import { runStats } from "../show/run-stats.js";
import { Spinner, type Terminal } from "../terminal.js";
import { readPrompt } from "../text-input.js";

interface GenerateFlags extends LoadFlags, Record<string, unknown> {
  prompt?: string;
  file?: string;
  nPredict?: number;
  ignoreEos?: boolean;
  special?: boolean;
  reversePrompt?: string[];
  displayPrompt: boolean;
  json?: boolean;
  logprobs?: number;
  verbose?: boolean;
}

/** `llama2 generate`: continues a text. */
export function addGenerateCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command("generate")
    .alias("run")
    .description("continue a text")
    .argument("[words...]", "the model's file, unless -m names it, and the prompt");
  addLoadOptions(command)
    .optionsGroup("Text:")
    .option("-p, --prompt <text>", "the text to continue")
    .option("-f, --file <file>", "a file with the text to continue")
    .option("-n, --n-predict <tokens>", "tokens to generate at most; -1 is no limit", wholeNumber)
    .option("--ignore-eos", "go on where the model would end")
    .option("--special", "read control tokens written in the prompt as such")
    .option("-r, --reverse-prompt <text>", "end where this text comes (also --stop; several)", collect)
    .optionsGroup("Output:")
    .option("--no-display-prompt", "do not show the prompt on the terminal")
    .option("--json", "print one JSON object instead of the text")
    .option("--logprobs <count>", "with --json: how likely each token was, and this many of the best", wholeNumber)
    .option("-v, --verbose", "say more about the model and the settings");
  addSamplingOptions(command);
  command.action((words: string[], flags: GenerateFlags) =>
    interruptible(terminal.streams.stdout, (signal) => generate(terminal, words, flags, signal)),
  );
}

async function generate(
  terminal: Terminal,
  words: readonly string[],
  flags: GenerateFlags,
  signal: AbortSignal,
): Promise<void> {
  if (flags.logprobs !== undefined && flags.json !== true) {
    throw new LlamaError("option", "--logprobs needs --json: there is no room for probabilities beside the text.");
  }
  const given = modelAndWords(words, flags);
  const path = modelOrBundled(given.model, terminal);
  const text = flags.prompt ?? (given.words.length > 0 ? given.words.join(" ") : undefined);
  const prompt = await readPrompt(terminal, { text, file: flags.file });
  const start = performance.now();
  const llama = await loadModel(terminal, path, flags, signal);
  const loadMs = performance.now() - start;
  try {
    const spinner = flags.json === true ? new Spinner("") : await terminal.spinner("Reading the prompt");
    const generation = llama.generate(prompt, {
      ...samplingOptions(flags),
      maxTokens: flags.nPredict,
      ignoreEos: flags.ignoreEos,
      parseSpecial: flags.special,
      stop: flags.reversePrompt,
      logProbabilities: flags.logprobs,
      signal,
      onPromptProgress: spinner.progress,
    });
    if (flags.verbose === true) noteSettings(terminal, llama, generation);
    const stream = printing(terminal, flags, prompt, generation, spinner);
    const answer = await stream;
    if (flags.json === true) terminal.write(`${JSON.stringify(report(answer, flags, llama, generation, loadMs))}\n`);
    else noteSpeed(terminal, generation);
  } finally {
    await llama.dispose();
  }
  signal.throwIfAborted();
}

/** Streams the answer to stdout, unless it is wanted as JSON, and returns it. */
async function printing(
  terminal: Terminal,
  flags: GenerateFlags,
  prompt: string,
  generation: Generation,
  spinner: Spinner,
): Promise<string> {
  let answer = "";
  const isShown = terminal.streams.stdout.isTTY === true;
  try {
    for await (const text of generation) {
      if (answer === "") {
        spinner.stop();
        showPrompt(terminal, flags, prompt);
      }
      answer += text;
      if (flags.json !== true) terminal.write(isShown ? withoutControls(text) : text);
    }
  } finally {
    spinner.stop();
    if (flags.json !== true && answer !== "") terminal.write("\n");
  }
  return answer;
}

/** On a terminal the answer reads on from its prompt, which goes to stderr: stdout has the answer alone. */
function showPrompt(terminal: Terminal, flags: GenerateFlags, prompt: string): void {
  if (flags.displayPrompt && flags.json !== true && terminal.isInteractive) {
    terminal.streams.stderr.write(terminal.style("bold", prompt));
  }
}

/** The object of `--json`. */
function report(text: string, flags: GenerateFlags, llama: Llama, generation: Generation, loadMs: number): object {
  const told = ({ id, logprob }: TokenLogProbability) => ({ id, piece: llama.tokenizer.piece(id), logprob });
  return {
    text,
    tokens: generation.tokens,
    promptTokens: generation.promptTokens,
    logprobs:
      flags.logprobs === undefined
        ? undefined
        : generation.logProbabilities.map((token) => ({ ...told(token), top: token.top.map(told) })),
    finishReason: generation.finishReason,
    seed: generation.seed,
    stats: runStats(llama, loadMs, generation.stats),
  };
}

function noteSpeed(terminal: Terminal, { promptTokens, tokens, stats, finishReason }: Generation): void {
  const prompt = `prompt ${promptTokens.length} tokens, ${stats.promptPerSecond.toFixed(1)} tok/s`;
  const answer = `generated ${tokens.length} tokens, ${stats.tokensPerSecond.toFixed(1)} tok/s`;
  const reason = finishReason === "context" ? " (the context is full)" : "";
  terminal.note(terminal.style("dim", `${prompt} · ${answer}${reason}`));
}

function noteSettings(terminal: Terminal, llama: Llama, generation: Generation): void {
  const { config, memory } = llama;
  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  terminal.note(
    `model    ${config.layers} layers of width ${config.dim}, ${config.heads} heads, ${config.kvHeads} KV heads`,
  );
  terminal.note(
    `memory   ${mib(memory.weights)} weights, ${mib(memory.cache)} KV cache, ${mib(memory.scratch)} scratch`,
  );
  terminal.note(`engine   ${llama.threads} threads, ${llama.kernels} kernels, context of ${llama.contextSize} tokens`);
  terminal.note(`seed     ${generation.seed}`);
}
