import { Engine } from "../../engine/engine.js";
import type { MemoryNeed } from "../../engine/plan/need.js";
import { isOutOfMemory } from "../../errors.js";
import type { GgufFile } from "../../gguf/file.js";
import { CACHE_TYPES, type CacheType } from "../../kernels/cache-types.js";
import { resolveLoadOptions } from "../../load-options.js";
import { readConfig } from "../../model/config.js";
import { platform } from "../../platform/current.js";

/** What a model takes of memory, in bytes. */
export interface MemoryByContext {
  /** What the machine has free. */
  readonly free: number;
  readonly contexts: readonly {
    readonly contextSize: number;
    /** By the type of the KV cache; none where a layer does not fit into a bank. */
    readonly need: Readonly<Partial<Record<CacheType, MemoryNeed>>>;
  }[];
}

const CACHE_TYPE_NAMES = CACHE_TYPES;
const SMALLEST_CONTEXT = 512;

/**
 * For contexts from 512 tokens, doubled up to the model's own, with the other options at their defaults.
 * @throws LlamaError where the file is no model that runs
 */
export function memoryByContext(file: GgufFile): MemoryByContext {
  const { contextLength } = readConfig(file.metadata);
  const contexts: number[] = [];
  for (let size = SMALLEST_CONTEXT; size < contextLength; size *= 2) contexts.push(size);
  const need = (contextSize: number, cacheType: CacheType) =>
    Engine.memoryNeed(
      file,
      resolveLoadOptions({ contextSize, cacheTypeK: cacheType, cacheTypeV: cacheType }, contextLength),
    );
  need(Math.min(SMALLEST_CONTEXT, contextLength), "f16");
  return {
    free: platform.availableMemory(),
    contexts: [...contexts, contextLength].map((contextSize) => ({
      contextSize,
      need: Object.fromEntries(
        CACHE_TYPE_NAMES.map((type) => [type, unlessTooLarge(() => need(contextSize, type))] as const),
      ),
    })),
  };
}

/** Undefined where a context is too large for any machine. */
function unlessTooLarge(find: () => MemoryNeed): MemoryNeed | undefined {
  try {
    return find();
  } catch (error) {
    if (isOutOfMemory(error)) return undefined;
    throw error;
  }
}

/** The table as lines of text, in MiB. */
export function describeMemory({ free, contexts }: MemoryByContext): string[] {
  const titles = ["context", "weights", "scratch", ...CACHE_TYPE_NAMES.map((type) => `${type} cache`), "total (f16)"];
  const rows = contexts.map(({ contextSize, need }) => [
    String(contextSize),
    mib(need.f16?.weights),
    mib(need.f16?.scratch),
    ...CACHE_TYPE_NAMES.map((type) => mib(need[type]?.cache)),
    mib(need.f16?.total),
  ]);
  const widths = titles.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) => `  ${cells.map((cell, i) => cell.padStart(widths[i] ?? 0)).join("  ")}`;
  return [`memory in MiB (${mib(free)} free)`, line(titles), ...rows.map(line)];
}

function mib(bytes: number | undefined): string {
  return bytes === undefined ? "too large" : (bytes / 2 ** 20).toFixed(1);
}
