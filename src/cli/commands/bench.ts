import type { Command } from "commander";
import { measureKernels } from "../../benchmark/kernel-speeds.js";
import type { ModelSource } from "../../benchmark/model-source.js";
import { randomModel } from "../../benchmark/random-model.js";
import { type BenchmarkPlan, runBenchmark } from "../../benchmark/runner.js";
import { writeRandomModel } from "../../benchmark/write-model.js";
import { LlamaError } from "../../errors.js";
import { shownPath } from "../../files/failure.js";
import { addBenchOptions, type BenchFlags, benchmarkPlan, modelSources } from "../flags/bench.js";
import { modelOrBundled } from "../model.js";
import { locateModel } from "../model-place.js";
import { writingFile } from "../overwriting.js";
import { byteCount } from "../show/amounts.js";
import { benchmarkView, KERNEL_VIEW, LEGEND, narrowBenchmarkView } from "../show/bench-report.js";
import { createReport, type Report } from "../show/report.js";
import type { Spinner, Terminal } from "../terminal.js";

/** `llama2 bench`: how fast a model runs here. */
export function addBenchCommand(program: Command, terminal: Terminal, signal: AbortSignal): void {
  const command = program
    .command("bench")
    .description("measure how fast a model, or random weights of its shape, runs here")
    .argument("[models...]", "the models' files, in addition to those of -m");
  addBenchOptions(command);
  command.addHelpText("after", `\n${LEGEND.map(([column, about]) => `  ${column.padEnd(11)} ${about}`).join("\n")}`);
  command.action((words: string[], flags: BenchFlags) => {
    if (flags.kernels === true) return measureAlone(terminal, flags, signal);
    if (flags.write !== undefined) return write(terminal, words, flags, flags.write, signal);
    return measure(terminal, words, flags, signal);
  });
}

async function measure(
  terminal: Terminal,
  words: readonly string[],
  flags: BenchFlags,
  signal: AbortSignal,
): Promise<void> {
  const { model, shape, type, layers } = flags;
  const isNamed = words.length > 0 || [model, shape, type, layers].some((flag) => flag !== undefined);
  const named = isNamed ? words : [modelOrBundled(undefined, terminal, terminal.streams.env)];
  const plan = await withLocatedModels(terminal, benchmarkPlan(named, flags), flags, signal);
  const asked = {
    batchSize: flags.batchSize !== undefined,
    cacheTypeK: flags.cacheTypeK !== undefined,
    cacheTypeV: flags.cacheTypeV !== undefined,
  };
  const isWatched = terminal.streams.stdout.isTTY === true && (flags.output ?? "md") === "md";
  const view = isWatched ? narrowBenchmarkView(asked) : benchmarkView(asked);
  if (isWatched)
    for (const [column, about] of LEGEND) terminal.note(terminal.style("dim", `${column.padEnd(11)} ${about}`));
  const spinner = await terminal.spinner("Starting");
  const onStep = (step: string) => {
    spinner.say(step);
    if (flags.progress === true) terminal.note(step);
  };
  const report = createReport(flags.output ?? "md", view);
  await print(terminal, spinner, report, runBenchmark(plan, { signal, onStep }));
}

/** The plan with paths for models that are elsewhere, which are fetched one after the other. */
async function withLocatedModels(
  terminal: Terminal,
  plan: BenchmarkPlan,
  { hfToken, offline }: BenchFlags,
  signal: AbortSignal,
): Promise<BenchmarkPlan> {
  const access = { ...(hfToken !== undefined && { hfToken }), ...(offline !== undefined && { offline }) };
  const models: ModelSource[] = [];
  for (const source of plan.models) {
    models.push(
      source.kind === "file" ? { ...source, path: await locateModel(terminal, source.path, access, signal) } : source,
    );
  }
  return { ...plan, models };
}

async function measureAlone(terminal: Terminal, flags: BenchFlags, signal: AbortSignal): Promise<void> {
  const spinner = await terminal.spinner("Timing the kernels");
  const speeds = measureKernels(undefined, { types: flags.type, signal });
  await print(terminal, spinner, createReport(flags.output ?? "md", KERNEL_VIEW), speeds);
}

/** Writes each result when it is there. What was measured before Ctrl-C or an error is printed whole, too. */
async function print<T>(
  terminal: Terminal,
  spinner: Spinner,
  report: Report<T>,
  results: AsyncIterable<T>,
): Promise<void> {
  try {
    for await (const result of results) {
      spinner.clear();
      terminal.print(report.add(result));
    }
  } finally {
    spinner.stop();
    terminal.print(report.end());
  }
}

async function write(
  terminal: Terminal,
  words: readonly string[],
  flags: BenchFlags,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const [source, ...others] = modelSources(words, flags);
  if (source?.kind !== "shape" || others.length > 0) {
    throw new LlamaError("option", "--write makes one file of one --shape in one --type; name exactly one of each.");
  }
  const model = randomModel(source.shape, source.typeName);
  const spinner = await terminal.spinner(`Writing ${model.file.path}`);
  const options = { signal, force: flags.force, onProgress: spinner.progress };
  try {
    await writingFile(path, () => writeRandomModel(path, model, options));
  } finally {
    spinner.stop();
  }
  terminal.note(`Wrote ${shownPath(path)}: ${model.file.path}, ${byteCount(model.file.size)}.`);
}
