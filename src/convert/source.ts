import { statSync } from "node:fs";
import { dirname } from "node:path";
import { LlamaError } from "../errors.js";
import { reading, shownPath } from "../files/failure.js";
import { findHubFiles } from "../hub/hub-model.js";
import { parseModelReference } from "../hub/reference.js";
import { type HubOptions, resolveHubSettings } from "../hub/settings.js";
import { type Checkpoint, text } from "./checkpoint.js";
import { chooseCheckpointFiles } from "./hub-files.js";
import { readHuggingFaceFolder } from "./huggingface/read-folder.js";
import { readLlama2c } from "./llama2c/read-checkpoint.js";

/**
 * Reads what a conversion begins with; `hf:` is fetched into the hub's cache first.
 * @param tokenizer of a llama2.c checkpoint, by default `tokenizer.bin` beside it
 * @throws LlamaError as `convertModel`
 */
export async function readSource(source: string, tokenizer: string | undefined, hub: HubOptions): Promise<Checkpoint> {
  const reference = parseModelReference(source);
  if (reference.kind === "path") return readPath(reference.path, tokenizer);
  if (reference.kind !== "hub") {
    throw new LlamaError(
      "option",
      `${shownPath(source)} cannot be converted; give a folder, a .bin file of llama2.c, or hf:OWNER/REPO.`,
    );
  }
  const settings = resolveHubSettings(hub);
  const { paths } = await findHubFiles(reference, settings, chooseCheckpointFiles);
  const checkpoint = readHuggingFaceFolder(dirname(paths[0] ?? ""), reference.repo.replace(/^.*\//, ""));
  const address = text(`https://huggingface.co/${reference.repo}`);
  return { ...checkpoint, metadata: new Map([...checkpoint.metadata, ["general.source.url", address]]) };
}

function readPath(path: string, tokenizer: string | undefined): Checkpoint {
  if (!reading(path, () => statSync(path)).isDirectory()) return readLlama2c(path, tokenizer);
  if (tokenizer === undefined) return readHuggingFaceFolder(path);
  throw new LlamaError("option", "A tokenizer is given for llama2.c files alone; that of a folder lies in it.");
}
