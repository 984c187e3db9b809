import { type Command, Option } from "commander";
import { CACHE_TYPES } from "../../kernels/cache-types.js";
import { KERNEL_BUILDS } from "../../kernels/load.js";
import { LOAD_LIMITS, type LoadOptions } from "../../load-options.js";
import type { LoraFile } from "../../loras.js";
import { addHubOptions, type HubFlags } from "./hub.js";
import { LORA_FLAG, LORA_HELP, lora } from "./lora.js";
import { byteSize, oneOf, wholeNumberFrom } from "./values.js";

/** The flags that commands share, by llama.cpp's names. Their values are checked before anything is loaded. */
export function addLoadOptions(command: Command, { contextSize = "the model's, at most 4096" } = {}): Command {
  return addHubOptions(
    command
      .optionsGroup("Model:")
      .option(
        "-m, --model <model>",
        "GGUF file, hf:OWNER/REPO[:QUANT] or URL (LLAMA2_MODEL, or the one in the package)",
      ),
  )
    .option(LORA_FLAG, LORA_HELP, lora)
    .optionsGroup("Engine:")
    .option("-c, --ctx-size <tokens>", `context size, 0 is the model's own (${contextSize})`, CONTEXT_SIZE)
    .option("-b, --batch-size <tokens>", "prompt tokens evaluated together (512)", BATCH_SIZE)
    .option("-t, --threads <count>", "worker threads (the physical cores; fewer for small models)", THREADS)
    .option("--memory-limit <size>", "memory limit, e.g. 6G, or none (free memory)", byteSize)
    .addOption(cacheTypeOption("k"))
    .addOption(cacheTypeOption("v"))
    .addOption(named("--kernels <build>", "build of the kernels (the fastest that runs)", KERNEL_BUILDS));
}

/** What commander makes of {@link addLoadOptions}. */
export interface LoadFlags extends HubFlags {
  model?: string;
  ctxSize?: number;
  batchSize?: number;
  threads?: number;
  cacheTypeK?: LoadOptions["cacheTypeK"];
  cacheTypeV?: LoadOptions["cacheTypeV"];
  kernels?: LoadOptions["kernels"];
  memoryLimit?: number;
  lora?: readonly LoraFile[];
}

export function loadOptions(flags: LoadFlags): LoadOptions {
  const { ctxSize: contextSize, batchSize, threads, cacheTypeK, cacheTypeV, kernels, memoryLimit } = flags;
  return { contextSize, batchSize, threads, cacheTypeK, cacheTypeV, kernels, memoryLimit };
}

const CONTEXT_SIZE = wholeNumberFrom(...LOAD_LIMITS.contextSize);
export const BATCH_SIZE = wholeNumberFrom(...LOAD_LIMITS.batchSize);
export const THREADS = wholeNumberFrom(...LOAD_LIMITS.threads);

/** An option that takes one of several names. */
function named(flags: string, about: string, names: readonly string[]): Option {
  return new Option(flags, about).choices(names).argParser(oneOf(names));
}

function cacheTypeOption(which: "k" | "v"): Option {
  const what = which === "k" ? "keys" : "values";
  return named(`--cache-type-${which} <type>`, `type of the KV cache's ${what} (f16)`, CACHE_TYPES);
}
