import { closeSync, constants, openSync, readSync, statSync } from "node:fs";
import { bundledModelPath } from "../bundled-model.js";
import { LlamaError, printable } from "../errors.js";
import { Llama } from "../llama.js";
import { type LoadFlags, loadOptions } from "./flags/load.js";
import { withoutControls } from "./show/plain-text.js";
import type { Streams, Terminal } from "./terminal.js";

/**
 * Splits a command's words into the model, where the first of them names one and no flag did, and the rest.
 * @throws LlamaError `option` where the first word is meant to be a model and is none
 */
export function modelAndWords(
  words: readonly string[],
  flags: LoadFlags,
): { model: string | undefined; words: readonly string[] } {
  const [first, ...rest] = words;
  if (flags.model !== undefined) {
    refuseUnlessPath(flags.model);
    if (first !== undefined && /\.gguf$/i.test(first) && isFile(first)) {
      throw new LlamaError("option", `The model was given twice: with -m, and as ${printable(first, 256)}.`);
    }
    return { model: flags.model, words };
  }
  if (first === undefined) return { model: undefined, words };
  refuseUnlessPath(first);
  if (/\.gguf$/i.test(first) || beginsAsGguf(first)) return { model: first, words: rest };
  // A file that happens to be called as a word is a word; one with an extension was meant.
  if (/\.\w+$/.test(first) && !/\s/.test(first) && isFile(first)) {
    const shown = printable(first, 256);
    throw new LlamaError(
      "option",
      `${shown} is a file, but not a GGUF model; to read it as text use -f ${shown}, to use its name as text use -p.`,
    );
  }
  return { model: undefined, words };
}

/**
 * The model's path; where none was given, that of LLAMA2_MODEL or of the model in the package, and a line that says so.
 */
export function modelOrBundled(model: string | undefined, reader: Pick<Terminal, "note">, env: Streams["env"]): string {
  if (model !== undefined) return model;
  const usual = env["LLAMA2_MODEL"];
  if (usual !== undefined && usual !== "") {
    refuseUnlessPath(usual);
    reader.note(`Using ${printable(usual, 256)} (LLAMA2_MODEL).`);
    return usual;
  }
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
  let llama: Llama;
  try {
    llama = await Llama.load(path, { ...loadOptions(flags), signal, onProgress: spinner.progress });
  } finally {
    spinner.stop();
  }
  for (const note of llama.notes) terminal.note(`note: ${withoutControls(note)}`);
  const { contextLength } = llama.config;
  if (llama.contextSize > contextLength) {
    terminal.warn(
      `the context of ${llama.contextSize} tokens is larger than the ${contextLength} that the model was trained on; long texts may come out as nonsense.`,
    );
  }
  return llama;
}

/** Does something with a model that is let go afterwards, and tells how many milliseconds it took to load. */
export async function withModel<T>(
  terminal: Terminal,
  path: string,
  flags: LoadFlags,
  signal: AbortSignal,
  use: (llama: Llama, loadMs: number) => Promise<T>,
): Promise<T> {
  const start = performance.now();
  const llama = await loadModel(terminal, path, flags, signal);
  try {
    return await use(llama, performance.now() - start);
  } finally {
    await llama.dispose();
  }
}

const HUB_NAME = /^[\w.-]+\/[\w.-]*(?:gguf|llama|mistral|vicuna|alpaca|-\d+(?:\.\d+)?b)[\w.-]*(?::[\w.-]+)?$/i;
const OLLAMA_NAME = /^[\w.-]+:(?:latest|\d+(?:\.\d+)?b[\w.-]*|[\w.-]*q\d[\w.-]*)$/i;

/** Names that other programs fetch a model by are neither files nor what somebody says to a model. */
function refuseUnlessPath(name: string): void {
  const shown = printable(name, 256);
  const isUrl = /^[a-z][a-z+.-]+:\/\/\S+$/i.test(name) || /^hf:\S+$/i.test(name);
  if (!isUrl && (!(HUB_NAME.test(name) || OLLAMA_NAME.test(name)) || exists(name))) return;
  const found = isUrl ? `${shown} is a URL` : `${shown} looks like a model's name`;
  throw new LlamaError(
    "not-found",
    `${found}, not a file, and llama2 does not download models; download a GGUF file and give its path with -m (text goes with -p).`,
  );
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Whether there is a file that begins as GGUF files do, whatever it is called. */
function beginsAsGguf(path: string): boolean {
  if (!isFile(path)) return false;
  try {
    const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const magic = new Uint8Array(4);
      readSync(fd, magic, 0, 4, 0);
      return String.fromCharCode(...magic) === "GGUF";
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}
