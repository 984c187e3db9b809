import { existsSync } from "node:fs";
import { LlamaError } from "../errors.js";
import { Llama } from "../llama.js";
import { type LoadFlags, loadOptions } from "./options.js";
import type { Terminal } from "./terminal.js";

/** Splits a command's words into the model, where the first of them names one and no flag did, and the rest. */
export function modelAndWords(
  words: readonly string[],
  flags: LoadFlags,
): { model: string | undefined; words: readonly string[] } {
  if (flags.model !== undefined) return { model: flags.model, words };
  const [first] = words;
  if (first !== undefined && (first.endsWith(".gguf") || existsSync(first)))
    return { model: first, words: words.slice(1) };
  return { model: undefined, words };
}

export function requireModel(model: string | undefined): string {
  if (model !== undefined) return model;
  throw new LlamaError("option", "No model was given; name a GGUF file with -m FILE.");
}

/** Loads a model with a spinner. */
export async function loadModel(
  terminal: Terminal,
  path: string,
  flags: LoadFlags,
  signal: AbortSignal,
): Promise<Llama> {
  const spinner = await terminal.spinner("Loading the model");
  try {
    return await Llama.load(path, { ...loadOptions(flags), signal, onProgress: spinner.progress });
  } finally {
    spinner.stop();
  }
}
