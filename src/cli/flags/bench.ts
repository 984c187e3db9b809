import { type Command, InvalidArgumentError } from "commander";
import type { ModelSource } from "../../benchmark/model-source.js";
import type { BenchmarkPlan } from "../../benchmark/runner.js";
import { getShape } from "../../benchmark/shapes.js";
import type { SpeedTest } from "../../benchmark/speed-test.js";
import { LlamaError } from "../../errors.js";
import { CACHE_TYPES, type CacheType } from "../../kernels/cache-types.js";
import { KERNEL_BUILDS, type KernelBuild } from "../../kernels/load.js";
import { REPORT_FORMATS, type ReportFormat } from "../show/report.js";
import { byteSize, wholeNumber } from "./load.js";

/** The flags of `llama2 bench`: llama-bench's names, and its lists: values with commas between, or flags repeated. */
export function addBenchOptions(command: Command): Command {
  return command
    .option("-m, --model <files>", "GGUF files", list)
    .option("--shape <names>", "instead of a file random weights of a known shape, as 7b or 70b", list)
    .option("--type <names>", "weight types and mixes of the shapes (q4_0)", list)
    .option("--layers <count>", "only so many layers of the shapes", wholeNumber)
    .option("-p, --n-prompt <tokens>", "lengths of prompts; 0 is none (512)", numbers)
    .option("-n, --n-gen <tokens>", "numbers of generated tokens; 0 is none (128)", numbers)
    .option("--prompt-gen <pp,tg>", "a prompt and tokens after it, timed together, also -pg (several)", pair)
    .option("-d, --n-depth <tokens>", "tokens that are there before the test (0)", numbers)
    .option("-t, --threads <counts>", "worker threads", numbers)
    .option("-b, --batch-size <tokens>", "prompt tokens evaluated together (512)", numbers)
    .option("--cache-type-k <types>", "types of the KV cache's keys (f16), also -ctk", cacheTypes)
    .option("--cache-type-v <types>", "types of the KV cache's values (f16), also -ctv", cacheTypes)
    .option("--kernels [builds]", "builds of the kernels; alone: time the kernels one by one", kernelBuilds)
    .option("-r, --repetitions <count>", "how often each test is timed (5)", wholeNumber)
    .option("--no-warmup", "do not run each test once before")
    .option("--no-bandwidth", "do not measure how fast memory can be read")
    .option("-o, --output <format>", `${REPORT_FORMATS.join(", ")} (md)`, reportFormat)
    .option("--write <file>", "write the one shape to a GGUF file instead, for other programs")
    .option("--memory-limit <size>", "memory to take at most, as 6G or none; by default what is free", byteSize)
    .option("--progress", "say on stderr what is being done, also where it is no terminal");
}

/** What commander makes of {@link addBenchOptions}. */
export interface BenchFlags {
  model?: string[];
  shape?: string[];
  type?: string[];
  layers?: number;
  nPrompt?: number[];
  nGen?: number[];
  promptGen?: (readonly [prompt: number, generated: number])[];
  nDepth?: number[];
  threads?: number[];
  batchSize?: number[];
  cacheTypeK?: CacheType[];
  cacheTypeV?: CacheType[];
  kernels?: true | KernelBuild[];
  repetitions?: number;
  warmup: boolean;
  bandwidth: boolean;
  output?: ReportFormat;
  write?: string;
  memoryLimit?: number;
  progress?: boolean;
}

/**
 * The plan that the flags describe, with llama-bench's defaults.
 * @param words files named without a flag
 * @throws LlamaError `option` for numbers out of range, unknown shapes and types, and where there is nothing to do
 */
export function benchmarkPlan(words: readonly string[], flags: BenchFlags): BenchmarkPlan {
  return {
    models: modelSources(words, flags),
    tests: speedTests(flags),
    threads: flags.threads ?? [undefined],
    batchSizes: flags.batchSize ?? [undefined],
    cacheTypesK: flags.cacheTypeK ?? [undefined],
    cacheTypesV: flags.cacheTypeV ?? [undefined],
    kernels: Array.isArray(flags.kernels) ? flags.kernels : [undefined],
    repetitions: atLeast("--repetitions", 1, flags.repetitions ?? 5),
    warmup: flags.warmup,
    bandwidth: flags.bandwidth,
    memoryLimit: flags.memoryLimit,
  };
}

/** The files, then every shape in every type. */
export function modelSources(words: readonly string[], flags: BenchFlags): ModelSource[] {
  const { shape: shapes = [], type: types } = flags;
  if (shapes.length === 0 && (types !== undefined || flags.layers !== undefined)) {
    throw new LlamaError("option", "--type and --layers are of models without a file; name one with --shape, as 7b.");
  }
  const paths = [...words, ...(flags.model ?? [])];
  return [
    ...paths.map((path): ModelSource => ({ kind: "file", path })),
    ...shapes.flatMap((name) => {
      const shape = getShape(name, flags.layers);
      return (types ?? ["q4_0"]).map((typeName): ModelSource => ({ kind: "shape", shape, typeName }));
    }),
  ];
}

function speedTests({ nPrompt = [512], nGen = [128], promptGen = [], nDepth = [0] }: BenchFlags): SpeedTest[] {
  const pairs = [
    ...nPrompt.map((prompt) => [prompt, 0] as const),
    ...nGen.map((generated) => [0, generated] as const),
    ...promptGen,
  ];
  const tests = nDepth.flatMap((depth) =>
    pairs.map(([promptTokens, generatedTokens]): SpeedTest => ({ promptTokens, generatedTokens, depth })),
  );
  for (const { promptTokens, generatedTokens, depth } of tests) {
    atLeast("--n-prompt", 0, promptTokens);
    atLeast("--n-gen", 0, generatedTokens);
    atLeast("--n-depth", 0, depth);
  }
  const wanted = tests.filter(({ promptTokens, generatedTokens }) => promptTokens + generatedTokens > 0);
  if (wanted.length > 0) return wanted;
  throw new LlamaError("option", "There is nothing to measure; give -p or -n a number of tokens above 0.");
}

function atLeast(flag: string, least: number, found: number): number {
  if (found >= least) return found;
  throw new LlamaError("option", `The flag ${flag} is ${found}, and ${least} or more was wanted.`);
}

function list(text: string, before: readonly string[] = []): string[] {
  return [...before, ...text.split(",").filter((part) => part !== "")];
}

function numbers(text: string, before: readonly number[] = []): number[] {
  return [...before, ...list(text).map(wholeNumber)];
}

function pair(text: string, before: readonly (readonly [number, number])[] = []): (readonly [number, number])[] {
  const [prompt, generated, ...rest] = list(text).map(wholeNumber);
  if (prompt === undefined || generated === undefined || rest.length > 0) {
    throw new InvalidArgumentError("Two numbers were wanted, as 512,128.");
  }
  return [...before, [prompt, generated]];
}

function choices<T extends string>(text: string, known: readonly T[]): T[] {
  return list(text).map((name) => {
    const found = known.find((candidate) => candidate === name);
    if (found === undefined) throw new InvalidArgumentError(`Some of ${known.join(", ")} were wanted.`);
    return found;
  });
}

function cacheTypes(text: string, before: readonly CacheType[] = []): CacheType[] {
  return [...before, ...choices(text, CACHE_TYPES)];
}

function kernelBuilds(text: string): KernelBuild[] {
  return choices(text, KERNEL_BUILDS);
}

function reportFormat(text: string): ReportFormat {
  const [format, ...rest] = choices(text, REPORT_FORMATS);
  if (format === undefined || rest.length > 0) throw new InvalidArgumentError("One format was wanted.");
  return format;
}
