import { existsSync } from "node:fs";
import { bundledModelPath } from "../bundled-model.js";
import { Llama } from "../llama.js";
import { type LoadFlags, loadOptions } from "./flags/load.js";
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

/** The model's path; where none was given, that of the model in the package, and a line that says so. */
export function modelOrBundled(model: string | undefined, reader: Pick<Terminal, "note">): string {
  if (model !== undefined) return model;
  reader.note(BUNDLED_NOTE);
  return bundledModelPath;
}

const BUNDLED_NOTE =
  "Using tiny-llama, the 2 MB model in the package; for a real one, download a GGUF file (as from huggingface.co) and name it with -m FILE.";

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
