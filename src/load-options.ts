import { LlamaError, printable } from "./errors.js";
import { CACHE_TYPES, type CacheType } from "./kernels/cache-types.js";
import { KERNEL_BUILDS, type KernelBuild } from "./kernels/load.js";
import { refuseUnknown } from "./options.js";

/** How to load a model. Everything is optional. */
export interface LoadOptions {
  /** Worker threads, 1 to 128; by default the physical cores, and fewer for small models. */
  readonly threads?: number | undefined;
  /** Tokens a session can hold; by default the model's own context, but 4096 at most. 0 means the model's own. */
  readonly contextSize?: number | undefined;
  /** Prompt tokens that are evaluated together, 1 to 8192; by default 512. */
  readonly batchSize?: number | undefined;
  /** Element type of the keys in the KV cache, by default `f16`. */
  readonly cacheTypeK?: CacheType | undefined;
  /** Element type of the values in the KV cache, by default `f16`. */
  readonly cacheTypeV?: CacheType | undefined;
  /** The build of the kernels: `wide`, `relaxed` or `simd`, by default the best that this JavaScript engine runs. */
  readonly kernels?: KernelBuild | undefined;
  /**
   * Bytes of memory that the model and its sessions may take; by default what the machine has free. `Infinity` takes
   * whatever the system gives.
   */
  readonly memoryLimit?: number | undefined;
  /** Called now and then while weights are loaded, with the part that is done, 0 to 1. */
  readonly onProgress?: ((done: number) => void) | undefined;
  /** Ends the load; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** {@link LoadOptions} after the door: checked and complete. */
export interface ResolvedLoadOptions {
  readonly threads: number | undefined;
  readonly contextSize: number;
  readonly batchSize: number;
  readonly cacheTypes: { readonly key: CacheType; readonly value: CacheType };
  readonly kernels: KernelBuild | undefined;
  readonly memoryLimit: number | undefined;
}

const DEFAULT_MAX_CONTEXT = 4096;
const MAX_CONTEXT = 1 << 24;
const DEFAULT_BATCH = 512;
const MAX_BATCH = 8192;
const MAX_THREADS = 128;

const LOAD_OPTIONS: Readonly<Record<keyof LoadOptions, true>> = {
  threads: true,
  contextSize: true,
  batchSize: true,
  cacheTypeK: true,
  cacheTypeV: true,
  kernels: true,
  memoryLimit: true,
  onProgress: true,
  signal: true,
};

/** @throws LlamaError `option` with the option, what was found and what was wanted */
export function resolveLoadOptions(options: LoadOptions, modelContext: number): ResolvedLoadOptions {
  refuseUnknown(options, LOAD_OPTIONS, "Llama.load");
  const contextSize = wholeNumber("contextSize", options.contextSize, 0, MAX_CONTEXT);
  return {
    threads: wholeNumber("threads", options.threads, 1, MAX_THREADS),
    contextSize: contextSize === undefined ? Math.min(modelContext, DEFAULT_MAX_CONTEXT) : contextSize || modelContext,
    batchSize: wholeNumber("batchSize", options.batchSize, 1, MAX_BATCH) ?? DEFAULT_BATCH,
    cacheTypes: {
      key: oneOf("cacheTypeK", options.cacheTypeK, CACHE_TYPE_NAMES) ?? "f16",
      value: oneOf("cacheTypeV", options.cacheTypeV, CACHE_TYPE_NAMES) ?? "f16",
    },
    kernels: oneOf("kernels", options.kernels, KERNEL_BUILDS),
    memoryLimit: positive("memoryLimit", options.memoryLimit),
  };
}

/** @throws LlamaError `option` for a session's context size that is no whole number of 1 or more */
export function resolveContextSize({ contextSize }: { readonly contextSize?: number | undefined }): number | undefined {
  return wholeNumber("contextSize", contextSize, 1, MAX_CONTEXT);
}

const CACHE_TYPE_NAMES = CACHE_TYPES;

function wholeNumber(name: string, found: unknown, min: number, max: number): number | undefined {
  if (found === undefined) return undefined;
  if (typeof found === "number" && Number.isInteger(found) && found >= min && found <= max) return found;
  throw new LlamaError(
    "option",
    `The option ${name} is ${shown(found)}, and a whole number from ${min} to ${max} was wanted.`,
  );
}

function positive(name: string, found: unknown): number | undefined {
  if (found === undefined || (typeof found === "number" && found > 0)) return found;
  throw new LlamaError("option", `The option ${name} is ${shown(found)}, and a number above 0 was wanted.`);
}

function oneOf<T extends string>(name: string, found: unknown, wanted: readonly T[]): T | undefined {
  if (found === undefined) return undefined;
  const match = wanted.find((candidate) => candidate === found);
  if (match !== undefined) return match;
  throw new LlamaError("option", `The option ${name} is ${shown(found)}, and one of ${wanted.join(", ")} was wanted.`);
}

function shown(found: unknown): string {
  return typeof found === "string" ? `"${printable(found)}"` : String(found);
}
