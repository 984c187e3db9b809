import type { Command } from "commander";
import { randomModel } from "../benchmark/random-model.js";
import { writeRandomModel } from "../benchmark/write-model.js";
import { runBenchmark } from "../benchmark.js";
import { LlamaError, printable } from "../errors.js";
import { addBenchOptions, type BenchFlags, benchmarkPlan, modelSources } from "./bench-options.js";
import { createReport } from "./bench-report.js";
import { interruptible } from "./interrupt.js";
import type { Terminal } from "./terminal.js";

/** `llama2 bench`: how fast a model runs here. */
export function addBenchCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command("bench")
    .description("measure how fast a model, or a model of its shape, runs here")
    .argument("[models...]", "the models' files, unless -m names them");
  addBenchOptions(command);
  command.action((words: string[], flags: BenchFlags) =>
    interruptible(terminal.streams.stdout, (signal) => {
      if (flags.write !== undefined) return write(terminal, flags.write, flags, signal);
      return measure(terminal, words, flags, signal);
    }),
  );
}

async function measure(
  terminal: Terminal,
  words: readonly string[],
  flags: BenchFlags,
  signal: AbortSignal,
): Promise<void> {
  const plan = benchmarkPlan(words, flags);
  const report = createReport(flags.output ?? "md", {
    batchSize: flags.batchSize !== undefined,
    cacheTypeK: flags.cacheTypeK !== undefined,
    cacheTypeV: flags.cacheTypeV !== undefined,
  });
  const spinner = await terminal.spinner("Starting");
  const onStep = (step: string) => {
    spinner.say(step);
    if (flags.progress === true) terminal.note(step);
  };
  let results = 0;
  try {
    for await (const result of runBenchmark(plan, { signal, onStep })) {
      spinner.clear();
      terminal.write((results++ === 0 ? report.head : "") + report.add(result));
    }
  } finally {
    spinner.stop();
    // What was measured before Ctrl-C or an error is whole too.
    if (results > 0) terminal.write(report.end());
  }
}

async function write(terminal: Terminal, path: string, flags: BenchFlags, signal: AbortSignal): Promise<void> {
  const [source, ...others] = modelSources([], flags);
  if (source?.kind !== "shape" || others.length > 0) {
    throw new LlamaError("option", "--write makes one file of one --shape in one --type; name exactly one of each.");
  }
  const model = randomModel(source.shape, source.typeName);
  const spinner = await terminal.spinner(`Writing ${model.file.path}`);
  try {
    await writeRandomModel(path, model, { signal, onProgress: spinner.progress });
  } finally {
    spinner.stop();
  }
  terminal.note(`Wrote ${printable(path, 256)}: ${model.file.path}, ${(model.file.size / 1e9).toFixed(2)} GB`);
}
