import { basename, resolve } from "node:path";
import { LlamaError, printable } from "../../errors.js";
import { shownPath } from "../../files/failure.js";
import type { StoredMatrix } from "../../quantize/piece.js";
import { type Checkpoint, text } from "../checkpoint.js";
import { chatTemplates } from "./chat-template.js";
import { BIAS_KEYS, type HuggingFaceModel, readHyperparameters } from "./hyperparameters.js";
import type { SafeTensor } from "./safetensors.js";
import { readShards, type Shards } from "./shards.js";
import { biasGroupOf, ggufName, isIgnored } from "./tensor-names.js";
import { findJson, readVocabularyFiles } from "./vocabulary.js";

/**
 * Reads a folder as Hugging Face's transformers write it: config.json, safetensors and a tokenizer.
 * @param name what the model is called, by default as its folder
 * @throws LlamaError `not-found`, `format`, `model`, `unsupported`
 */
export function readHuggingFaceFolder(folder: string, name = basename(resolve(folder))): Checkpoint {
  const config = findJson(folder, "config.json");
  if (config === undefined) {
    throw new LlamaError("not-found", `There is no config.json in ${shownPath(folder)}; give the folder of a model.`);
  }
  const model = readHyperparameters(config);
  const shards = readShards(folder);
  const tensors = mapTensors(shards, model);
  return {
    metadata: new Map([
      ["general.architecture", text("llama")],
      ["general.type", text("model")],
      ["general.name", text(name)],
      ...model.entries,
      ...readVocabularyFiles(folder, config, model.vocabularySize),
      ...chatTemplates(folder, findJson(folder, "tokenizer_config.json")),
    ]),
    tensors,
    isTied: model.isTied,
    biases: model.biases,
    ropeFactors: model.rope.factors,
    inputs: shards.files,
  };
}

function mapTensors({ tensors, others }: Shards, model: HuggingFaceModel): Map<string, StoredMatrix> {
  const found = new Map<string, StoredMatrix>();
  for (const name of [...tensors.keys(), ...others.keys()]) {
    if (isIgnored(name)) continue;
    const target = ggufName(name);
    const tensor = tensors.get(name);
    if (target === undefined) {
      throw new LlamaError(
        "unsupported",
        `Tensor ${printable(name)} is not part of a Llama model; the model is of a kind that cannot be converted.`,
      );
    }
    if (tensor === undefined) {
      throw new LlamaError(
        "unsupported",
        `Tensor ${printable(name)} is of type ${printable(others.get(name) ?? "")}; only F32, F16 and BF16 can be converted.`,
      );
    }
    const group = target.part === "bias" ? biasGroupOf(target.role) : undefined;
    if (group !== undefined && !model.biases.includes(group)) {
      throw new LlamaError(
        "model",
        `Tensor ${printable(name)} is a bias, but config.json does not have "${BIAS_KEYS[group]}": true; the files do not belong together.`,
      );
    }
    // What a file has beside its tied embeddings is not read by anybody.
    if (target.role === "output" && model.isTied) continue;
    const heads = target.role === "query" || target.role === "key" ? model.headSize : undefined;
    found.set(target.name, matrixOf(target.name, tensor, heads));
  }
  return found;
}

function matrixOf(name: string, { path, offset, type, shape }: SafeTensor, headRows: number | undefined): StoredMatrix {
  if (shape.length !== 1 && shape.length !== 2) {
    throw new LlamaError("model", `Tensor ${name} has ${shape.length} dimensions; expected 1 or 2.`);
  }
  // Of a bias that goes with rows that change their places, each value is a row.
  const [rows = 1, columns = 1] = shape.length === 2 || headRows !== undefined ? shape : [1, ...shape];
  return { name, path, offset, type, rows, columns, headRows };
}
