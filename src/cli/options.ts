import { type Command, InvalidArgumentError, Option } from "commander";
import { CACHE_TYPES } from "../engine/kv-cache.js";
import type { GenerateOptions } from "../generate.js";
import { KERNEL_BUILDS } from "../kernels/load.js";
import type { LoadOptions } from "../load-options.js";

/**
 * The flags that commands share, by llama.cpp's names. Each parser only turns text into a value of the right
 * kind; whether it is in range is for the library to say, in one place.
 */
export function addLoadOptions(command: Command): Command {
  return command
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

export function addSamplingOptions(command: Command): Command {
  return command
    .option("-s, --seed <number>", "seed; -1 is a new one each time", wholeNumber)
    .option("--temp, --temperature <number>", "0 always takes the likeliest token (0.8)", number)
    .option("--top-k <count>", "keep the likeliest tokens, 0 is off (40)", wholeNumber)
    .option("--top-p <part>", "keep the likeliest tokens up to this probability, 1 is off (0.95)", number)
    .option("--min-p <part>", "keep tokens at least this likely beside the likeliest, 0 is off (0.05)", number)
    .option("--typical <part>", "locally typical sampling, 1 is off (1)", number)
    .option("--repeat-penalty <factor>", "makes repeated tokens less likely, 1 is off (1)", number)
    .option("--repeat-last-n <tokens>", "window of the penalties, 0 is off, -1 the context (64)", wholeNumber)
    .option("--presence-penalty <number>", "subtracted once from tokens that occurred (0)", number)
    .option("--frequency-penalty <number>", "subtracted for each occurrence (0)", number)
    .option("--mirostat <version>", "0 is off, 1 or 2 (0)", wholeNumber)
    .option("--mirostat-ent <tau>", "Mirostat's target surprise (5)", number)
    .option("--mirostat-lr <eta>", "Mirostat's learning rate (0.1)", number)
    .option("-l, --logit-bias <id(+|-)bias>", "adds to a token's logit, as 15043+1.5 or 2-inf", logitBias);
}

/** What commander makes of {@link addSamplingOptions}. */
export interface SamplingFlags {
  seed?: number;
  temperature?: number;
  topK?: number;
  topP?: number;
  minP?: number;
  typical?: number;
  repeatPenalty?: number;
  repeatLastN?: number;
  presencePenalty?: number;
  frequencyPenalty?: number;
  mirostat?: number;
  mirostatEnt?: number;
  mirostatLr?: number;
  logitBias?: ReadonlyMap<number, number>;
}

export function samplingOptions(flags: SamplingFlags): GenerateOptions {
  const { typical: typicalP, mirostat, mirostatEnt: mirostatTau, mirostatLr: mirostatEta, ...same } = flags;
  const { seed, temperature, topK, topP, minP, repeatPenalty, repeatLastN, presencePenalty, frequencyPenalty } = same;
  const { logitBias } = same;
  return {
    seed,
    temperature,
    topK,
    topP,
    minP,
    typicalP,
    repeatPenalty,
    repeatLastN,
    presencePenalty,
    frequencyPenalty,
    mirostat: mirostat as GenerateOptions["mirostat"],
    mirostatTau,
    mirostatEta,
    logitBias,
  };
}

/** llama.cpp's short flags of several letters, which commander cannot have. */
const LONG_SHORT_FLAGS: Readonly<Record<string, string>> = {
  "-ctk": "--cache-type-k",
  "-ctv": "--cache-type-v",
  "-pg": "--prompt-gen",
  "--stop": "--reverse-prompt",
  "--temp": "--temperature",
};

/** Arguments with llama.cpp's own spellings replaced by those that commander knows. */
export function normaliseArguments(args: readonly string[]): string[] {
  return args.map((argument) => {
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
  return new Option(`--cache-type-${which} <type>`, `type of the KV cache's ${what} (f16)`).choices(
    Object.keys(CACHE_TYPES),
  );
}

function logitBias(text: string, before: ReadonlyMap<number, number> = new Map()): Map<number, number> {
  const [, id, sign, amount] = /^(\d+)([+-])(inf|[\d.]+)$/.exec(text) ?? [];
  const size = amount === "inf" ? Number.POSITIVE_INFINITY : Number(amount);
  if (id === undefined || Number.isNaN(size)) throw new InvalidArgumentError("ID+BIAS or ID-BIAS was wanted.");
  return new Map(before).set(Number(id), sign === "-" ? -size : size);
}
