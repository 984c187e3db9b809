import { LlamaError, printable } from "./errors.js";
import { CACHE_TYPES, type CacheType } from "./kernels/cache-types.js";
import { KERNEL_BUILDS, type KernelBuild } from "./kernels/load.js";
import { checkLoraFiles, type LoraFile } from "./loras.js";
import type { PlaceOptions } from "./model-place.js";
import { refuseUnknown } from "./options.js";

/** How to load a model. Everything is optional. */
export interface LoadOptions extends PlaceOptions {
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
  /** LoRA adapters in GGUF, made for this model; any session may have them at scales of its own. */
  readonly loras?: readonly LoraFile[] | undefined;
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
const DEFAULT_BATCH = 512;

/** @internal The least and the most that some options may be. */
export const LOAD_LIMITS = {
  threads: [1, 128],
  contextSize: [0, 1 << 24],
  batchSize: [1, 8192],
} as const satisfies Partial<Record<keyof LoadOptions, readonly [least: number, most: number]>>;

const LOAD_OPTIONS: Readonly<Record<keyof LoadOptions, true>> = {
  threads: true,
  contextSize: true,
  batchSize: true,
  cacheTypeK: true,
  cacheTypeV: true,
  kernels: true,
  memoryLimit: true,
  loras: true,
  onProgress: true,
  signal: true,
  offline: true,
  hfToken: true,
  cacheFolder: true,
  onDownload: true,
  onNotice: true,
};

/** @throws LlamaError `option` for what is unknown, or no list of adapters, before anything is fetched or opened */
export function checkLoadOptions(options: LoadOptions): void {
  refuseUnknown(options, LOAD_OPTIONS, "Llama.load");
  checkLoraFiles(options.loras);
}

/** @throws LlamaError `option` with the option, what was found and what was expected */
export function resolveLoadOptions(options: LoadOptions, modelContext: number): ResolvedLoadOptions {
  checkLoadOptions(options);
  const contextSize = wholeNumber("contextSize", options.contextSize);
  return {
    threads: wholeNumber("threads", options.threads),
    contextSize: contextSize === undefined ? Math.min(modelContext, DEFAULT_MAX_CONTEXT) : contextSize || modelContext,
    batchSize: wholeNumber("batchSize", options.batchSize) ?? DEFAULT_BATCH,
    cacheTypes: {
      key: oneOf("cacheTypeK", options.cacheTypeK, CACHE_TYPE_NAMES) ?? "f16",
      value: oneOf("cacheTypeV", options.cacheTypeV, CACHE_TYPE_NAMES) ?? "f16",
    },
    kernels: oneOf("kernels", options.kernels, KERNEL_BUILDS),
    memoryLimit: positive("memoryLimit", options.memoryLimit),
  };
}

/**
 * The context size of a session that may ask for its own; undefined where it does not.
 * @throws LlamaError `option`
 */
export function resolveSessionContext(
  options: { readonly contextSize?: number | undefined; readonly loras?: unknown },
  modelContext: number,
): number | undefined {
  refuseUnknown(options, { contextSize: true, loras: true }, "createSession");
  const contextSize = wholeNumber("contextSize", options.contextSize);
  return contextSize === 0 ? modelContext : contextSize;
}

const CACHE_TYPE_NAMES = CACHE_TYPES;

function wholeNumber(name: keyof typeof LOAD_LIMITS, found: unknown): number | undefined {
  if (found === undefined) return undefined;
  const [min, max] = LOAD_LIMITS[name];
  if (typeof found === "number" && Number.isInteger(found) && found >= min && found <= max) return found;
  throw refused(name, `a whole number from ${min} to ${max}`, found);
}

function positive(name: string, found: unknown): number | undefined {
  if (found === undefined || (typeof found === "number" && found > 0)) return found;
  throw refused(name, "a number above 0", found);
}

function oneOf<T extends string>(name: string, found: unknown, wanted: readonly T[]): T | undefined {
  if (found === undefined) return undefined;
  const match = wanted.find((candidate) => candidate === found);
  if (match !== undefined) return match;
  throw refused(name, `one of ${wanted.join(", ")}`, found);
}

function refused(name: string, expected: string, found: unknown): LlamaError {
  return new LlamaError("option", `${name} must be ${expected} (got ${shown(found)}).`);
}

function shown(found: unknown): string {
  return typeof found === "string" ? `"${printable(found)}"` : String(found);
}
