import { byteSize } from "../byte-size.js";
import { LlamaError } from "../errors.js";
import { platform } from "../platform/current.js";
import type { MemoryNeed } from "./plan/need.js";

/** Whether V8 may still hold the memory of an engine that was disposed of. */
let mayBeFreeing = false;

/** To be called when a model lets its memory go. */
export function memoryIsFreeing(): void {
  mayBeFreeing = true;
}

/** How long the memory of a model that was disposed of is waited for: V8 gives it back in a thread of its own. */
const FREEING_MS = 1000;
const FREEING_POLL_MS = 20;

/** What a model may take of the free memory; page tables, JavaScript heaps and other processes want some too. */
const USABLE = 15 / 16;

/**
 * Finds how much memory there is for a model, and refuses one that needs more before anything is allocated: a system
 * promises more than it has, and then ends whoever takes it at its word.
 */
export async function limitFor(need: MemoryNeed, contextSize: number, wanted: number | undefined): Promise<number> {
  let limit = wanted ?? platform.availableMemory() * USABLE;
  if (wanted === undefined && need.total > limit) {
    platform.collectGarbage();
    limit = platform.availableMemory() * USABLE;
    for (let waited = 0; mayBeFreeing && need.total > limit && waited < FREEING_MS; waited += FREEING_POLL_MS) {
      await new Promise((resolve) => setTimeout(resolve, FREEING_POLL_MS));
      limit = platform.availableMemory() * USABLE;
    }
    mayBeFreeing = false;
  }
  if (need.total <= limit) return limit;
  const parts = `weights ${byteSize(need.weights)}, KV cache for ${contextSize} positions ${byteSize(need.cache)}, scratch ${byteSize(need.scratch)}`;
  const there = wanted === undefined ? `this machine has ${byteSize(limit)} free` : `the limit is ${byteSize(limit)}`;
  throw new LlamaError(
    "memory",
    `The model needs ${byteSize(need.total)} of memory (${parts}), and ${there}; choose a smaller context or model, or another memory limit.`,
  );
}
