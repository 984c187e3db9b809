import { type Command, InvalidArgumentError, Option } from "commander";
import { CACHE_TYPES } from "../../kernels/cache-types.js";
import { KERNEL_BUILDS } from "../../kernels/load.js";
import type { LoadOptions } from "../../load-options.js";

/**
 * The flags that commands share, by llama.cpp's names. Each parser only turns text into a value of the right
 * kind; whether it is in range is for the library to say, in one place.
 */
export function addLoadOptions(command: Command): Command {
  return command
    .optionsGroup("Model:")
    .option("-m, --model <file>", "GGUF file of the model")
    .option("-c, --ctx-size <tokens>", "context size; 0 is the model's own", wholeNumber)
    .option("-b, --batch-size <tokens>", "prompt tokens evaluated together", wholeNumber)
    .option("-t, --threads <count>", "worker threads", wholeNumber)
    .option("--memory-limit <size>", "memory to take at most, as 6G or none; by default what is free", byteSize)
    .addOption(cacheTypeOption("k"))
    .addOption(cacheTypeOption("v"))
    .addOption(new Option("--kernels <build>", "build of the kernels").choices([...KERNEL_BUILDS]));
}

/** What commander makes of {@link addLoadOptions}. */
export interface LoadFlags {
  model?: string;
  ctxSize?: number;
  batchSize?: number;
  threads?: number;
  cacheTypeK?: LoadOptions["cacheTypeK"];
  cacheTypeV?: LoadOptions["cacheTypeV"];
  kernels?: LoadOptions["kernels"];
  memoryLimit?: number;
}

export function loadOptions(flags: LoadFlags): LoadOptions {
  const { ctxSize: contextSize, batchSize, threads, cacheTypeK, cacheTypeV, kernels, memoryLimit } = flags;
  return { contextSize, batchSize, threads, cacheTypeK, cacheTypeV, kernels, memoryLimit };
}

/** llama.cpp's short flags of several letters, which commander cannot have. */
const LONG_SHORT_FLAGS: Readonly<Record<string, string>> = {
  "-ctk": "--cache-type-k",
  "-ctv": "--cache-type-v",
  "-pg": "--prompt-gen",
  "--stop": "--reverse-prompt",
  "-sys": "--system",
  "--system-prompt": "--system",
  "-sysf": "--system-file",
  "--system-prompt-file": "--system-file",
};

/** Arguments with llama.cpp's own spellings replaced by those that commander knows; behind `--` there are no flags. */
export function normaliseArguments(args: readonly string[]): string[] {
  const end = args.indexOf("--");
  return args.map((argument, index) => {
    if (end !== -1 && index > end) return argument;
    const [flag = "", ...value] = argument.split("=");
    const known = LONG_SHORT_FLAGS[flag];
    return known === undefined ? argument : [known, ...value].join("=");
  });
}

export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value)) throw new InvalidArgumentError("A number was wanted.");
  return value;
}

export function wholeNumber(text: string): number {
  const value = number(text);
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError("A whole number was wanted.");
  return value;
}

/** Bytes: a number with or without one of the units K, M, G and T, which are powers of 1024. */
export function byteSize(text: string): number {
  if (text.toLowerCase() === "none") return Number.POSITIVE_INFINITY;
  const [, amount, unit = ""] = /^([\d.]+) ?([kmgt]?)(?:i?b)?$/i.exec(text) ?? [];
  const bytes = Number(amount) * 1024 ** " kmgt".indexOf(unit.toLowerCase() || " ");
  if (!(bytes >= 0)) throw new InvalidArgumentError("A size was wanted, as 500M, 6G or none.");
  return bytes;
}

export function collect(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

function cacheTypeOption(which: "k" | "v"): Option {
  const what = which === "k" ? "keys" : "values";
  return new Option(`--cache-type-${which} <type>`, `type of the KV cache's ${what} (f16)`).choices(CACHE_TYPES);
}
