import { printable } from "../errors.js";
import type { CacheType } from "../kernels/cache-types.js";
import type { KernelBuild } from "../kernels/load.js";
import { Llama } from "../llama.js";
import { type LoadOptions, resolveLoadOptions } from "../load-options.js";
import { readConfig } from "../model/config.js";
import { measureReadBandwidth } from "./bandwidth.js";
import { type ModelFacts, type ModelSource, modelFacts, openModel } from "./model-source.js";
import { measureSpeed, type SpeedSamples, type SpeedTest, testLength, testName } from "./speed-test.js";
import { bytesRead } from "./traffic.js";

/** What to measure: every combination of the lists, as llama-bench does it. */
export interface BenchmarkPlan {
  readonly models: readonly ModelSource[];
  readonly tests: readonly SpeedTest[];
  /** Undefined is the default of a load, here and below. */
  readonly threads: readonly (number | undefined)[];
  readonly batchSizes: readonly (number | undefined)[];
  readonly cacheTypesK: readonly (CacheType | undefined)[];
  readonly cacheTypesV: readonly (CacheType | undefined)[];
  readonly kernels: readonly (KernelBuild | undefined)[];
  readonly repetitions: number;
  readonly warmup: boolean;
  /** Whether memory is measured too, once for each number of threads. */
  readonly bandwidth: boolean;
  readonly memoryLimit?: number | undefined;
}

/** One test on one model, loaded one way. */
export interface BenchmarkResult extends SpeedSamples {
  readonly model: ModelFacts;
  readonly test: SpeedTest;
  readonly threads: number;
  readonly batchSize: number;
  readonly cacheTypeK: CacheType;
  readonly cacheTypeV: CacheType;
  readonly kernels: KernelBuild;
  /** Bytes of weights and KV cache that the test reads at least. */
  readonly bytesRead: number;
  /** Bytes a second that as many threads read from memory when they do nothing else. */
  readonly readBandwidth: number | undefined;
}

export interface BenchmarkOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with what is being done now, in words. */
  readonly onStep?: ((step: string) => void) | undefined;
}

/**
 * Runs all tests of a plan, and gives each result when it is there. A model is loaded once for each way to load it.
 * @throws what loading and {@link measureSpeed} throw
 */
export async function* runBenchmark(
  plan: BenchmarkPlan,
  options: BenchmarkOptions = {},
): AsyncGenerator<BenchmarkResult> {
  const bandwidths = new Map<number, number>();
  const bandwidthOf = async (threads: number) => {
    if (!plan.bandwidth) return undefined;
    options.onStep?.(`reading memory with ${threads} threads`);
    const found = bandwidths.get(threads) ?? (await measureReadBandwidth(threads, options.signal));
    bandwidths.set(threads, found);
    return found;
  };
  for (const load of loadsOf(plan)) {
    for await (const result of measureLoaded(plan, load, options)) {
      yield { ...result, readBandwidth: await bandwidthOf(result.threads) };
    }
  }
}

/** One way to load one model. */
interface Load {
  readonly source: ModelSource;
  readonly options: LoadOptions;
}

function* loadsOf(plan: BenchmarkPlan): Generator<Load> {
  const contextSize = Math.max(...plan.tests.map(testLength));
  const { memoryLimit } = plan;
  for (const source of plan.models)
    for (const kernels of plan.kernels)
      for (const threads of plan.threads)
        for (const batchSize of plan.batchSizes)
          for (const cacheTypeK of plan.cacheTypesK)
            for (const cacheTypeV of plan.cacheTypesV)
              yield {
                source,
                options: { contextSize, threads, batchSize, cacheTypeK, cacheTypeV, kernels, memoryLimit },
              };
}

async function* measureLoaded(
  plan: BenchmarkPlan,
  { source, options }: Load,
  { signal, onStep }: BenchmarkOptions,
): AsyncGenerator<Omit<BenchmarkResult, "readBandwidth">> {
  const { file, origin } = openModel(source);
  const model = modelFacts(file);
  const { batchSize, cacheTypes } = resolveLoadOptions(options, readConfig(file.metadata).contextLength);
  onStep?.(`loading ${label(model)}`);
  const llama = await Llama.fromFile(file, { ...options, signal }, origin);
  try {
    const { threads, kernels } = llama;
    for (const test of plan.tests) {
      const onRepetition = (number: number) => {
        const which = number === 0 ? "warm-up" : `repetition ${number} of ${plan.repetitions}`;
        onStep?.(`${label(model)}, ${threads} threads, ${testName(test)}: ${which}`);
      };
      const { repetitions, warmup } = plan;
      const samples = await measureSpeed(llama, test, { repetitions, warmup, signal, onRepetition });
      const { key: cacheTypeK, value: cacheTypeV } = cacheTypes;
      const read = bytesRead(file, test, batchSize, cacheTypes);
      yield { ...samples, model, test, threads, batchSize, cacheTypeK, cacheTypeV, kernels, bytesRead: read };
    }
  } finally {
    await llama.dispose();
  }
}

function label({ name, type }: ModelFacts): string {
  return `${printable(name)} ${type}`;
}
