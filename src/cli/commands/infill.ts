import type { Command } from "commander";
import { LlamaError } from "../../errors.js";
import { shownPath } from "../../files/failure.js";
import { readTextFile } from "../../files/text.js";
import type { Generation } from "../../generation/generation.js";
import { requireInfillTokens } from "../../generation/infill-prompt.js";
import type { Llama } from "../../llama.js";
import { isElsewhere } from "../../model-place.js";
import { addFormOptions, type FormFlags, readForm } from "../flags/form.js";
import { namedModel } from "../flags/hub.js";
import { addLoadOptions, type LoadFlags } from "../flags/load.js";
import { addSamplingOptions, samplingOptions } from "../flags/sampling.js";
import { addSpeculationOption, type SpeculationFlags, speculationOption } from "../flags/speculation.js";
import { collect, tokenLimit } from "../flags/values.js";
import { fillInPlace, withLineFeeds } from "../infill/fill-in-place.js";
import { type Gap, type GapFlags, gapOf, trimmed } from "../infill/gap.js";
import { modelAndWords, modelOrBundled, withModel } from "../model.js";
import { counted } from "../show/amounts.js";
import { toJson } from "../show/json.js";
import { runStats } from "../show/run-stats.js";
import type { Terminal } from "../terminal.js";
import { MAX_TEXT_BYTES } from "../text-input.js";

interface InfillFlags extends LoadFlags, FormFlags, SpeculationFlags, GapFlags, Record<string, unknown> {
  context?: string[];
  spmInfill?: boolean;
  stopAtSuffix?: boolean;
  tokenHealing: boolean;
  inPlace?: boolean;
  yes?: boolean;
  nPredict?: number;
  reversePrompt?: string[];
  json?: boolean;
}

const HELP = `
The gap is where FILE has <FILL>, or where --at says: a line, from 1, and a column,
from 1 too; without a column it is the end of the line. Or there is no file, and
--prefix and --suffix say what stands before and behind the gap: a text, or with @
in front the file that has it. Without -m a toy in the package answers; models for
work are Code Llama 7B and 13B, also Instruct, and 70B base.`;

/** `llama2 infill`: completes code in the middle of a file. */
export function addInfillCommand(program: Command, terminal: Terminal, signal: AbortSignal): void {
  const command = program
    .command("infill")
    .description("fill in the gap of a text, such as code before and behind the cursor")
    .argument("[words...]", "the model's file, unless -m names it, and the file with the gap");
  addLoadOptions(command)
    .optionsGroup("Gap:")
    .option("--at <line[:column]>", "where the gap is in the file; without it at its <FILL>")
    .option("--prefix <text|@file>", "what stands before the gap")
    .option("--suffix <text|@file>", "what stands behind it")
    .option("--context <file>", "another file that may help (repeatable, the most helpful last)", collect)
    .option("--spm-infill", "put the suffix before the prefix, as llama.cpp's flag does (as the file says)")
    .option("--no-spm-infill", "put the prefix first, as Code Llama does")
    .option("--stop-at-suffix", "end, too, where the answer comes to the suffix's beginning (as the file says)")
    .option("--no-stop-at-suffix", "end where the model does")
    .option("--no-token-healing", "keep the prefix's last token as it is: the ids of Code Llama's own code")
    .option("-n, --n-predict <tokens>", "most tokens to fill in, -1 is no limit (until the model ends)", tokenLimit)
    .option("-r, --reverse-prompt <text>", "stop where this text comes (also --stop; repeatable)", collect)
    .optionsGroup("Output:")
    .option("--in-place", "write it into the file, after showing the change")
    .option("-y, --yes", "with --in-place: do not ask")
    .option("--json", "print one JSON object instead of the text");
  addFormOptions(command);
  addSamplingOptions(command);
  addSpeculationOption(command).addHelpText("after", HELP);
  command.action((words: string[], flags: InfillFlags) => infill(terminal, words, flags, signal));
}

async function infill(
  terminal: Terminal,
  words: readonly string[],
  flags: InfillFlags,
  signal: AbortSignal,
): Promise<void> {
  const { model, files } = modelAndFiles(words, flags);
  const gap = gapOf(files, flags);
  if (flags.inPlace === true && (gap.path === undefined || flags.json === true)) {
    throw new LlamaError(
      "option",
      "--in-place writes into the file that is named, and prints nothing; name a file, without --json.",
    );
  }
  if (flags.yes === true && flags.inPlace !== true) throw new LlamaError("option", "-y belongs to --in-place.");
  const form = await readForm(flags);
  const extra = flags.context?.map((path) => ({
    filename: path,
    text: readTextFile(path, "a text file", MAX_TEXT_BYTES),
  }));
  const name = modelOrBundled(model, terminal, terminal.streams.env, "code");
  await withModel(terminal, name, flags, signal, async (llama, loadMs) => {
    requireInfillTokens(llama.tokenizer);
    const parts = fitted(terminal, llama, withLineFeeds(gap), flags);
    const spinner = await terminal.spinner("Reading what stands around the gap");
    let generation: Generation;
    try {
      generation = llama.infill(
        { prefix: parts.prefix, suffix: parts.suffix, extra },
        {
          ...samplingOptions(flags),
          ...speculationOption(flags),
          grammar: form?.grammar,
          ...(flags.spmInfill !== undefined && { order: flags.spmInfill ? "spm" : "psm" }),
          stopAtSuffix: flags.stopAtSuffix,
          ...(form === undefined && { tokenHealing: flags.tokenHealing }),
          maxTokens: flags.nPredict,
          stop: flags.reversePrompt,
          signal,
          onPromptProgress: spinner.progress,
        },
      );
      for await (const text of generation) {
        spinner.stop();
        if (flags.json !== true && flags.inPlace !== true) terminal.print(text);
      }
    } finally {
      spinner.stop();
    }
    signal.throwIfAborted();
    const { text, tokens, promptTokens, finishReason, seed, stats } = generation;
    if (flags.json === true) {
      const report = { text, tokens, promptTokens, finishReason, seed, stats: runStats(llama, loadMs, stats) };
      terminal.write(`${toJson(report)}\n`);
      return;
    }
    if (flags.inPlace !== true) terminal.write("\n");
    warnOfCut(terminal, generation, flags);
    if (flags.inPlace === true) await fillInPlace(terminal, gap, text, flags.yes === true, signal);
  });
}

/** What the model did not end may be half a line; `-n` cuts where it was asked to, but a file is changed by it. */
function warnOfCut(terminal: Terminal, { finishReason, tokens }: Generation, { inPlace }: InfillFlags): void {
  const isCut = finishReason === "context" || (finishReason === "length" && inPlace === true);
  if (!isCut) return;
  const reason = finishReason === "context" ? " because the context is full" : ", as -n asks";
  terminal.warn(`The answer was cut off after ${counted(tokens.length, "token")}${reason}.`);
}

/**
 * The first word is the model where it is one, and no flag names another; whatever else is named is a file to fill in.
 */
function modelAndFiles(words: readonly string[], flags: InfillFlags) {
  const [first, ...rest] = words;
  const isModel =
    namedModel(flags) === undefined && first !== undefined && (isElsewhere(first) || /\.gguf$/i.test(first));
  return isModel ? { model: first, files: rest } : { model: modelAndWords([], flags).model, files: words };
}

/** What of the texts around the gap fits into the context, with room for an answer; what does not is told of. */
function fitted(terminal: Terminal, llama: Llama, gap: Gap, { nPredict }: InfillFlags): Pick<Gap, "prefix" | "suffix"> {
  const answer = nPredict === undefined || nPredict < 0 ? Math.floor(llama.contextSize / 4) : nPredict;
  const parts = trimmed(llama.tokenizer, gap, llama.contextSize - answer - 4);
  if (parts.prefix === gap.prefix && parts.suffix === gap.suffix) return parts;
  const where = gap.path === undefined ? "The text" : shownPath(gap.path);
  const kept = `${counted(parts.prefix.length, "character")} before the gap and ${parts.suffix.length} behind it`;
  terminal.warn(`${where} is longer than the context has room for; ${kept} are used.`);
  return parts;
}
