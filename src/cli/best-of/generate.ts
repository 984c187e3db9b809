import type { BestOf } from "../../generation/best-of.js";
import type { GenerateOptions } from "../../generation/options.js";
import type { Llama } from "../../llama.js";
import { counted, tokensPerSecond } from "../show/amounts.js";
import { toJson } from "../show/json.js";
import { runStats } from "../show/run-stats.js";
import { Spinner, type Terminal } from "../terminal.js";
import type { Judges } from "./judges.js";
import { scoreLines, scoreReport } from "./scores.js";

/** What is written, and how. */
export interface ChoiceRun {
  readonly prompt: string;
  readonly options: Omit<GenerateOptions, "steps">;
  readonly judges: Judges;
  readonly isJson: boolean;
  readonly showsStats: boolean;
  readonly showsScores: boolean;
  readonly loadMs: number;
  /** Called before the answer is shown. */
  readonly onAnswer: () => void;
}

/** Samples several answers and prints the best, once it is chosen. */
export async function generateBest(terminal: Terminal, llama: Llama, run: ChoiceRun): Promise<void> {
  const { prompt, options, judges, isJson } = run;
  const spinner = isJson ? new Spinner() : await terminal.spinner(`0/${judges.k} sampled`);
  let found: BestOf;
  try {
    const onSampled = (sampled: number, k: number) => spinner.say(`${sampled}/${k} sampled`);
    found = await llama.bestOf(prompt, { ...options, ...judges, onSampled });
  } finally {
    spinner.stop();
  }
  const { best, text, candidates, promptTokens, stats, isPartial } = found;
  if (isJson) {
    const { tokens, finishReason, seed } = best;
    const told = { text, tokens, promptTokens, finishReason, seed, ...scoreReport(candidates), isPartial };
    return terminal.write(`${toJson({ ...told, stats: runStats(llama, run.loadMs, stats) })}\n`);
  }
  run.onAnswer();
  terminal.print(text);
  terminal.write("\n");
  if (run.showsScores) for (const line of scoreLines(candidates)) terminal.note(line);
  if (!run.showsStats) return;
  const scored = candidates.filter(({ score }) => score !== undefined).length;
  const part = isPartial ? `stopped; the best of ${scored} so far` : `the best of ${counted(scored, "answer")}`;
  terminal.note(terminal.style("dim", `${part} · generated ${tokensPerSecond(stats.tokensPerSecond)}`));
}
