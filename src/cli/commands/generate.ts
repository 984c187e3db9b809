import type { Command } from "commander";
import { LlamaError } from "../../errors.js";
import type { Generation } from "../../generation/generation.js";
import type { Llama } from "../../llama.js";
import type { TokenLogProbability } from "../../sampling/log-probabilities.js";
import { addBestOfOptions, type BestOfFlags, bestOfPlan } from "../best-of/flags.js";
import { addEndpointOptions, type EndpointFlags, endpointOf } from "../endpoint/flags.js";
import { addFormOptions, type FormFlags, readForm } from "../flags/form.js";
import { addLoadOptions, type LoadFlags } from "../flags/load.js";
import { addSamplingOptions, samplingOptions } from "../flags/sampling.js";
import { addSpeculationOption, type SpeculationFlags, speculationOption } from "../flags/speculation.js";
import { collect, tokenLimit, unescaped, wholeNumberFrom } from "../flags/values.js";
import { flushed, isOutputGone } from "../interrupt.js";
import { modelAndWords, modelOrBundled, withModel } from "../model.js";
import { byteCount, counted, tokensPerSecond } from "../show/amounts.js";
import { toJson } from "../show/json.js";
import { adapterLines, expertsOf } from "../show/model-summary.js";
import { withoutControls } from "../show/plain-text.js";
import { runStats } from "../show/run-stats.js";
import { Spinner, type Terminal } from "../terminal.js";
import { readPrompt } from "../text-input.js";

interface GenerateFlags
  extends LoadFlags,
    EndpointFlags,
    FormFlags,
    SpeculationFlags,
    BestOfFlags,
    Record<string, unknown> {
  prompt?: string;
  file?: string;
  escape?: boolean;
  nPredict?: number;
  ignoreEos?: boolean;
  special?: boolean;
  reversePrompt?: string[];
  displayPrompt: boolean;
  stats: boolean;
  json?: boolean;
  logprobs?: number;
  verbose?: boolean;
}

const STDIN_HELP = `
The text is given once: as words, with -p or with -f. Text on standard input
stands before that of -p and -f, and alone is the text; words leave standard
input alone, as in \`while read line; do llama2 generate "$line"; done\`.
-p and -f do not wait long for a standard input that says nothing; -f - does.`;

/** `llama2 generate`: continues a text. */
export function addGenerateCommand(program: Command, terminal: Terminal, signal: AbortSignal): void {
  const command = program
    .command("generate")
    .alias("run")
    .description("continue a text")
    .argument("[words...]", "the model's file, unless -m names it, and the text to continue");
  addLoadOptions(command)
    .optionsGroup("Text:")
    .option("-p, --prompt <text>", "text to continue")
    .option("-f, --file <file>", "file with the text to continue, - is standard input; a last line break is dropped")
    .option("-e, --escape", 'read \\n, \\t, \\" and \\\\ in the text of -p and in -r as escapes')
    .option("--no-escape", "take backslashes as they are (the default, unlike in llama.cpp)")
    .option("-n, --n-predict <tokens>", "most tokens to generate, -1 is no limit (until the model ends)", tokenLimit)
    .option("--ignore-eos", "ignore end-of-text and keep generating")
    .option("--special", "parse control tokens written in the prompt")
    .option("-r, --reverse-prompt <text>", "stop where this text comes (also --stop; repeatable)", collect)
    .optionsGroup("Output:")
    .option("--no-display-prompt", "do not show the prompt on the terminal")
    .option("--no-stats", "do not print the speed")
    .option("--json", "print one JSON object instead of the text")
    .option("--logprobs <count>", "with --json: log-probability of each token, and of so many top ones", LOGPROBS)
    .option("-v, --verbose", "say more about the model and the settings");
  addEndpointOptions(command);
  addFormOptions(command);
  addSamplingOptions(command);
  addSpeculationOption(command);
  addBestOfOptions(command);
  command.addHelpText("after", STDIN_HELP);
  command.action((words: string[], flags: GenerateFlags) => generate(terminal, words, flags, command, signal));
}

/** Flags that have a meaning where a server answers, besides those of every command. */
const SERVER_FLAGS = ["escape", "displayPrompt"];

const LOGPROBS = wholeNumberFrom(0);

async function generate(
  terminal: Terminal,
  words: readonly string[],
  flags: GenerateFlags,
  command: Command,
  signal: AbortSignal,
): Promise<void> {
  const endpoint = endpointOf(flags, command, terminal.streams.env, SERVER_FLAGS);
  if (flags.logprobs !== undefined && flags.json !== true) {
    throw new LlamaError("option", "--logprobs needs --json: there is no room for probabilities beside the text.");
  }
  const plan = bestOfPlan(flags);
  if (plan !== undefined && flags.logprobs !== undefined) {
    throw new LlamaError("option", "--logprobs tells of one answer; leave it out, or --reward-model.");
  }
  const form = await readForm(flags);
  const given = endpoint === undefined ? modelAndWords(words, flags) : { model: flags.model, words };
  const question = "Text to continue: ";
  const prompt = await readPrompt(terminal, { ...flags, words: given.words, question }, signal);
  const stop = flags.escape === true ? flags.reversePrompt?.map(unescaped) : flags.reversePrompt;
  if (endpoint !== undefined) {
    const { generateRemotely } = await import("../endpoint/generate.js");
    const remote = {
      endpoint,
      model: given.model,
      prompt,
      options: { ...samplingOptions(flags), maxTokens: flags.nPredict, stop },
      isJson: flags.json === true,
      showsStats: flags.stats,
      onFirst: () => showPrompt(terminal, flags, prompt),
    };
    return generateRemotely(terminal, remote, signal);
  }
  const path = modelOrBundled(given.model, terminal, terminal.streams.env);
  const options = {
    ...samplingOptions(flags),
    ...speculationOption(flags),
    grammar: form?.grammar,
    maxTokens: flags.nPredict,
    ignoreEos: flags.ignoreEos,
    parseSpecial: flags.special,
    stop,
    signal,
  };
  await withModel(terminal, path, flags, signal, async (llama, loadMs) => {
    if (plan !== undefined) {
      const { withJudges } = await import("../best-of/judges.js");
      const { generateBest } = await import("../best-of/generate.js");
      return withJudges(terminal, plan, flags, signal, async (judges) => {
        const { stats: showsStats, json } = flags;
        const onAnswer = () => showPrompt(terminal, flags, prompt);
        const { showsScores } = plan;
        await generateBest(terminal, llama, {
          prompt,
          options,
          judges,
          isJson: json === true,
          showsStats,
          showsScores,
          loadMs,
          onAnswer,
        });
      });
    }
    const reading = new Reading(flags.json === true ? new Spinner() : await terminal.spinner("Reading the prompt"));
    const generation = llama.generate(prompt, {
      ...options,
      logProbabilities: flags.logprobs,
      onPromptProgress: reading.progress,
    });
    if (flags.verbose === true) noteSettings(terminal, llama, generation);
    const answer = await printing(terminal, flags, prompt, generation, reading.spinner);
    if (flags.json === true) terminal.write(`${toJson(report(answer, flags, llama, generation, loadMs))}\n`);
    else if (flags.stats) {
      await flushed(terminal.streams.stdout);
      if (!isOutputGone(signal)) noteSpeed(terminal, generation, reading.done);
    }
  });
}

/** How much of the prompt was read. */
class Reading {
  readonly spinner: Spinner;
  /** 0 to 1 */
  done = 0;

  constructor(spinner: Spinner) {
    this.spinner = spinner;
  }

  readonly progress = (done: number): void => {
    this.done = done;
    this.spinner.progress(done);
  };
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
  try {
    for await (const text of generation) {
      if (answer === "") {
        spinner.stop();
        showPrompt(terminal, flags, prompt);
      }
      answer += text;
      if (flags.json !== true) terminal.print(text);
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
    terminal.streams.stderr.write(terminal.style("bold", withoutControls(prompt)));
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

/** @param read the part of the prompt that was read, 0 to 1 */
function noteSpeed(terminal: Terminal, generation: Generation, read: number): void {
  const { promptTokens, tokens, stats, finishReason } = generation;
  if (finishReason === "abort" && stats.promptMs === 0) {
    const done = Math.floor(read * promptTokens.length);
    terminal.note(terminal.style("dim", `stopped after ${done} of ${counted(promptTokens.length, "prompt token")}`));
    return;
  }
  const prompt = `prompt ${counted(promptTokens.length, "token")}, ${tokensPerSecond(stats.promptPerSecond)}`;
  const answer = `generated ${counted(tokens.length, "token")}, ${tokensPerSecond(stats.tokensPerSecond)}`;
  const reason = finishReason === "context" ? " (the context is full)" : "";
  terminal.note(terminal.style("dim", `${prompt} · ${answer}${reason}`));
}

function noteSettings(terminal: Terminal, llama: Llama, generation: Generation): void {
  const { config, memory } = llama;
  terminal.note(
    `model    ${config.layers} layers of width ${config.dim}, ${config.heads} heads, ${config.kvHeads} KV heads${expertsOf(config)}`,
  );
  for (const line of adapterLines(llama)) terminal.note(line);
  terminal.note(
    `memory   ${byteCount(memory.weights)} weights, ${byteCount(memory.cache)} KV cache, ${byteCount(memory.scratch)} scratch`,
  );
  terminal.note(
    `engine   ${counted(llama.threads, "thread")}, ${llama.kernels} kernels, context of ${llama.contextSize} tokens`,
  );
  terminal.note(`seed     ${generation.seed}`);
}
