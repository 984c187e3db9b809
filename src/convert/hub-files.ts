import { LlamaError } from "../errors.js";
import type { ChooseFiles } from "../hub/hub-model.js";
import { INDEX_FILE, noWeights, SINGLE_FILE } from "./huggingface/shards.js";

/** What a conversion reads beside the weights. */
const COMPANIONS: ReadonlySet<string> = new Set([
  "config.json",
  "generation_config.json",
  "tokenizer.model",
  "tokenizer.json",
  "tokenizer_config.json",
  "added_tokens.json",
  "chat_template.jinja",
]);

/** Files of a repository that a conversion reads: those of Hugging Face's own format, at its root. */
export const chooseCheckpointFiles: ChooseFiles = (files, wish) => {
  if (wish.quant !== undefined || wish.file !== undefined) {
    throw new LlamaError("option", `Give hf:${wish.repo} alone: all of its safetensors files are converted.`);
  }
  const names = new Set(files.map(({ path }) => path));
  const isIndexed = names.has(INDEX_FILE);
  const isWeight = (path: string) =>
    isIndexed ? path === INDEX_FILE || /^model-\d+-of-\d+\.safetensors$/.test(path) : path === SINGLE_FILE;
  const chosen = files.filter(({ path }) => COMPANIONS.has(path) || isWeight(path));
  if (!chosen.some(({ path }) => isWeight(path))) throw noWeights([...names], `hf:${wish.repo}`);
  if (!names.has("config.json")) throw new LlamaError("not-found", `There is no config.json in hf:${wish.repo}.`);
  if (!names.has("tokenizer.model") && !names.has("tokenizer.json")) {
    throw new LlamaError("not-found", `There is no tokenizer.model and no tokenizer.json in hf:${wish.repo}.`);
  }
  // A cache may have some parts only.
  const parts = chosen.filter(({ path }) => path.startsWith("model-"));
  const [, count = "0"] = /-of-(\d+)/.exec(parts[0]?.path ?? "") ?? [];
  if (parts.length !== Number(count)) {
    throw new LlamaError("not-found", `There are ${parts.length} of ${Number(count)} parts in hf:${wish.repo}.`);
  }
  // First, for the folder that the others lie in is its.
  return chosen.toSorted((a, b) => Number(b.path === "config.json") - Number(a.path === "config.json"));
};
