import type { Command } from "commander";
import { LlamaError } from "../../errors.js";
import type { Score } from "../../generation/reward.js";
import type { Llama } from "../../llama.js";
import { requireReward } from "../../model/reward-head.js";
import { addLoadOptions, type LoadFlags } from "../flags/load.js";
import { unescaped } from "../flags/values.js";
import { readPairs, type WrittenPair } from "../input/pairs.js";
import { modelAndWords, withModel } from "../model.js";
import { counted } from "../show/amounts.js";
import { toJson } from "../show/json.js";
import { Spinner, type Terminal } from "../terminal.js";
import { readPrompt } from "../text-input.js";

interface ScoreFlags extends LoadFlags {
  prompt?: string;
  answer?: string;
  file?: string;
  escape?: boolean;
  json?: boolean;
}

const LINES_HELP = `
One pair is given with -p and -a. Many are read from a file or standard input,
a line of JSON each: {"prompt": "…", "answer": "…"}, where prompt is a text or
a list of {role, content} messages; or {"messages": […]} that end with the
answer. Each is printed as a line of JSON with its score, its other members
as they were.`;

/** Pairs that are scored before any of their scores is printed. */
const STRETCH = 64;

/** `llama2 score`: how good answers are, by a reward model. */
export function addScoreCommand(program: Command, terminal: Terminal, signal: AbortSignal): void {
  const command = program
    .command("score")
    .description("score answers with a reward model")
    .argument("[model]", "the reward model's file, unless -m names it");
  addLoadOptions(command)
    .optionsGroup("Text:")
    .option("-p, --prompt <text>", "the question")
    .option("-a, --answer <text>", "the answer to it")
    .option("-f, --file <file>", "file with pairs, a line of JSON each; otherwise standard input")
    .option("-e, --escape", 'read \\n, \\t, \\" and \\\\ in the texts of -p and -a as escapes')
    .optionsGroup("Output:")
    .option("--json", "print an object instead of the number alone");
  command.addHelpText("after", LINES_HELP);
  command.action((model: string | undefined, flags: ScoreFlags) => score(terminal, model, flags, signal));
}

async function score(
  terminal: Terminal,
  word: string | undefined,
  flags: ScoreFlags,
  signal: AbortSignal,
): Promise<void> {
  const given = modelAndWords(word === undefined ? [] : [word], flags);
  if (given.words.length > 0) {
    throw new LlamaError("option", "score takes its texts with -p and -a, or pairs of them as JSON lines with -f.");
  }
  if (given.model === undefined) {
    throw new LlamaError("option", "score needs a reward model; name its file with -m.");
  }
  const pair = givenPair(flags);
  const pairs = pair === undefined ? readPairs(await readPrompt(terminal, { file: flags.file }, signal)) : [];
  await withModel(terminal, given.model, flags, signal, async (llama) => {
    requireReward(llama.reward);
    if (pair === undefined) return scoreLines(terminal, llama, pairs, signal);
    const found = await llama.score(pair.prompt, pair.answer, { signal });
    terminal.write(flags.json === true ? `${toJson(found)}\n` : `${shortScore(found.score)}\n`);
  });
}

/** The pair of `-p` and `-a`; undefined where there are lines to read. */
function givenPair(flags: ScoreFlags): { prompt: string; answer: string } | undefined {
  const { prompt, answer, file } = flags;
  if (prompt === undefined && answer === undefined) return undefined;
  if (prompt === undefined) throw new LlamaError("option", "-a is the answer; give the question with -p.");
  if (answer === undefined) throw new LlamaError("option", "-p is the question; give the answer to score with -a.");
  if (file !== undefined) throw new LlamaError("option", "-f has pairs of its own; leave out -p and -a.");
  return flags.escape === true ? { prompt: unescaped(prompt), answer: unescaped(answer) } : { prompt, answer };
}

async function scoreLines(
  terminal: Terminal,
  llama: Llama,
  pairs: readonly WrittenPair[],
  signal: AbortSignal,
): Promise<void> {
  const spinner = terminal.isInteractive
    ? new Spinner()
    : await terminal.spinner(`Scoring ${counted(pairs.length, "pair")}`);
  try {
    for (let start = 0; start < pairs.length; start += STRETCH) {
      const stretch = pairs.slice(start, start + STRETCH);
      const scores = await llama.score(
        stretch.map(({ pair }) => pair),
        { signal },
      );
      await terminal.printAll(
        stretch.map(({ fields }, index) => `${toJson({ ...fields, ...(scores[index] as Score) })}\n`),
        signal,
      );
      spinner.progress((start + stretch.length) / pairs.length);
    }
  } finally {
    spinner.stop();
  }
}

/** As many digits as the arithmetic is good for. */
export function shortScore(score: number): string {
  return score.toFixed(4);
}
