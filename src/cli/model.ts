import { closeSync, constants, openSync, readSync, statSync } from "node:fs";
import { bundledCodeModelPath, bundledModelPath } from "../bundled-model.js";
import { LlamaError, printable } from "../errors.js";
import { codeOf } from "../files/failure.js";
import { Llama } from "../llama.js";
import { isElsewhere } from "../model-place.js";
import { namedModel } from "./flags/hub.js";
import { type LoadFlags, loadOptions } from "./flags/load.js";
import { locateLoras, locateModel } from "./model-place.js";
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
  const named = namedModel(flags);
  if (named !== undefined) {
    refuseUnlessModel(named);
    if (first !== undefined && ((/\.gguf$/i.test(first) && isFile(first)) || isElsewhere(first))) {
      throw new LlamaError(
        "option",
        `The model was given twice: as ${printable(named, 256)} and ${printable(first, 256)}.`,
      );
    }
    return { model: named, words };
  }
  if (first === undefined) return { model: undefined, words };
  refuseUnlessModel(first);
  if (isElsewhere(first)) return { model: first, words: rest };
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

/** The models in the package, by what they are for, and what is said where one stands in for the person's own. */
const BUNDLED = {
  text: {
    path: bundledModelPath,
    note: "Using tiny-llama, the 2 MB model in the package; name a real one with -m, a GGUF file or hf:OWNER/REPO.",
  },
  code: {
    path: bundledCodeModelPath,
    note: "Using tiny-code-llama, the 2 MB code model in the package; name a real one, such as Code Llama, with -m.",
  },
} as const;

/**
 * The model's path; where none was given, that of LLAMA2_MODEL or of a model in the package, and a line that says so.
 */
export function modelOrBundled(
  model: string | undefined,
  reader: Pick<Terminal, "note">,
  env: Streams["env"],
  purpose: keyof typeof BUNDLED = "text",
): string {
  if (model !== undefined) return model;
  const usual = env["LLAMA2_MODEL"];
  if (usual !== undefined && usual !== "") {
    refuseUnlessModel(usual);
    reader.note(`Using ${printable(usual, 256)} (LLAMA2_MODEL).`);
    return usual;
  }
  const { path, note } = BUNDLED[purpose];
  reader.note(note);
  return path;
}

/** Loads a model with a spinner; one that is elsewhere is fetched first. */
export async function loadModel(
  terminal: Terminal,
  name: string,
  flags: LoadFlags,
  signal: AbortSignal,
): Promise<Llama> {
  const path = await locateModel(terminal, name, flags, signal);
  const loras = await locateLoras(terminal, flags.lora ?? [], flags, signal);
  const spinner = await terminal.spinner("Loading the model");
  let llama: Llama;
  try {
    llama = await Llama.load(path, { ...loadOptions(flags), loras, signal, onProgress: spinner.progress });
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
function refuseUnlessModel(name: string): void {
  if (isElsewhere(name) || exists(name)) return;
  const shown = printable(name, 256);
  if (/^[a-z][a-z+.-]+:\/\/\S+$/i.test(name)) {
    const known = "a path, hf:OWNER/REPO, ollama:NAME or an address that begins with https:";
    throw new LlamaError("not-found", `${shown} is not a URL that models can be fetched from; give ${known}.`);
  }
  const prefix = HUB_NAME.test(name) ? "hf" : OLLAMA_NAME.test(name) ? "ollama" : undefined;
  if (prefix === undefined) return;
  const model = printable(`${prefix}:${name}`, 256);
  throw new LlamaError(
    "not-found",
    `${shown} looks like a model's name, but is not a file; write it as ${model} (text goes with -p).`,
  );
}

/** Whether something is there, be it of no use; a long text is no name of a file. */
function exists(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    return codeOf(error) !== "ENAMETOOLONG" && codeOf(error) !== "ENOTDIR";
  }
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
