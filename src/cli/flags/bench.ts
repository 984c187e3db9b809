import type { Command } from "commander";
import type { ModelSource } from "../../benchmark/model-source.js";
import type { BenchmarkPlan } from "../../benchmark/runner.js";
import { getShape } from "../../benchmark/shapes.js";
import type { SpeedTest } from "../../benchmark/speed-test.js";
import { LlamaError } from "../../errors.js";
import { CACHE_TYPES, type CacheType } from "../../kernels/cache-types.js";
import { KERNEL_BUILDS, type KernelBuild } from "../../kernels/load.js";
import { REPORT_FORMATS, type ReportFormat } from "../show/report.js";
import { addAccessOptions } from "./hub.js";
import { BATCH_SIZE, THREADS } from "./load.js";
import { byteSize, oneOf, refused, type ValueParser, wholeNumberFrom } from "./values.js";

/** The flags of `llama2 bench`: llama-bench's names, and its lists: values with commas between, or flags repeated. */
export function addBenchOptions(command: Command): Command {
  return addAccessOptions(
    command
      .optionsGroup("Model:")
      .option(
        "-m, --model <models>",
        "GGUF files, hf:OWNER/REPO or URLs (LLAMA2_MODEL, or the one in the package)",
        list,
      ),
  )
    .option("--shape <names>", "benchmark random weights of a known shape instead of a file, e.g. 7b or 70b", list)
    .option("--type <names>", "weight types and mixes of the shapes (q4_0)", list)
    .option("--layers <count>", "use only this many layers of the shapes", wholeNumberFrom(1))
    .optionsGroup("Tests:")
    .option("-p, --n-prompt <tokens>", "prompt lengths, 0 is none (512)", numbers(wholeNumberFrom(0)))
    .option("-n, --n-gen <tokens>", "numbers of generated tokens, 0 is none (128)", numbers(wholeNumberFrom(0)))
    .option("--prompt-gen <pp,tg>", "a prompt and tokens after it, timed together (also -pg; repeatable)", pair)
    .option("-d, --n-depth <tokens>", "context depth: tokens already in the KV cache (0)", numbers(wholeNumberFrom(0)))
    .option("-r, --repetitions <count>", "repetitions of each test (5)", wholeNumberFrom(1))
    .option("--no-warmup", "skip the warm-up run")
    .option("--no-bandwidth", "do not measure memory bandwidth")
    .optionsGroup("Engine:")
    .option(
      "--parallel <counts>",
      "sequences at the same time; speeds are of all together (1)",
      numbers(wholeNumberFrom(1)),
    )
    .option("-t, --threads <counts>", "worker threads (the physical cores; fewer for small models)", numbers(THREADS))
    .option("-b, --batch-size <tokens>", "prompt tokens evaluated together (512)", numbers(BATCH_SIZE))
    .option("--cache-type-k <types>", "types of the KV cache's keys (f16; also -ctk)", cacheTypes)
    .option("--cache-type-v <types>", "types of the KV cache's values (f16; also -ctv)", cacheTypes)
    .option("--kernels [builds]", "builds of the kernels; without a value: time the kernels one by one", kernelBuilds)
    .option("--memory-limit <size>", "memory limit, e.g. 6G, or none (free memory)", byteSize)
    .optionsGroup("Output:")
    .option("-o, --output <format>", `${REPORT_FORMATS.join(", ")} (md)`, oneOf(REPORT_FORMATS))
    .option("--write <file>", "write the one shape to a GGUF file instead of timing it")
    .option("--force", "with --write: overwrite the file if it exists")
    .option("--progress", "show progress on stderr even when it is not a terminal");
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
  parallel?: number[];
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
  force?: boolean;
  memoryLimit?: number;
  progress?: boolean;
  hfToken?: string;
  offline?: boolean;
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
    repetitions: flags.repetitions ?? 5,
    warmup: flags.warmup,
    bandwidth: flags.bandwidth,
    memoryLimit: flags.memoryLimit,
  };
}

/** The files, then every shape in every type. */
export function modelSources(words: readonly string[], flags: BenchFlags): ModelSource[] {
  const { shape: shapes = [], type: types } = flags;
  if (shapes.length === 0 && (types !== undefined || flags.layers !== undefined)) {
    throw new LlamaError(
      "option",
      "--type and --layers are for models without a file; name one with --shape, such as --shape 7b.",
    );
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

function speedTests(flags: BenchFlags): SpeedTest[] {
  const { nPrompt = [512], nGen = [128], promptGen = [], nDepth = [0], parallel = [1] } = flags;
  const pairs = [
    ...nPrompt.map((prompt) => [prompt, 0] as const),
    ...nGen.map((generated) => [0, generated] as const),
    ...promptGen,
  ];
  const tests = nDepth.flatMap((depth) =>
    pairs.flatMap(([promptTokens, generatedTokens]) =>
      parallel.map((sequences): SpeedTest => ({ promptTokens, generatedTokens, depth, sequences })),
    ),
  );
  const wanted = tests.filter(({ promptTokens, generatedTokens }) => promptTokens + generatedTokens > 0);
  if (wanted.length > 0) return wanted;
  throw new LlamaError("option", "There is nothing to measure; give -p or -n a number of tokens above 0.");
}

function list(text: string, before: readonly string[] = []): string[] {
  return [...before, ...text.split(",").filter((part) => part !== "")];
}

/** A parser of numbers with commas between, which also takes what flags before it gave. */
function numbers(parse: ValueParser<number>): (text: string, before?: readonly number[]) => number[] {
  return (text, before = []) => [...before, ...list(text).map(parse)];
}

function pair(text: string, before: readonly (readonly [number, number])[] = []): (readonly [number, number])[] {
  const [prompt, generated, ...rest] = list(text).map(wholeNumberFrom(0));
  if (prompt === undefined || generated === undefined || rest.length > 0) {
    throw refused("two numbers, such as 512,128", text);
  }
  return [...before, [prompt, generated]];
}

function choices<T extends string>(text: string, known: readonly T[]): T[] {
  const names = list(text);
  const found = known.filter((candidate) => names.includes(candidate));
  if (names.length > 0 && names.every((name) => (known as readonly string[]).includes(name))) {
    return names.map((name) => found.find((candidate) => candidate === name) as T);
  }
  throw refused(`one or more of ${known.join(", ")}`, text);
}

function cacheTypes(text: string, before: readonly CacheType[] = []): CacheType[] {
  return [...before, ...choices(text, CACHE_TYPES)];
}

function kernelBuilds(text: string): KernelBuild[] {
  return choices(text, KERNEL_BUILDS);
}
