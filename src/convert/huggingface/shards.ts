import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { LlamaError, printable } from "../../errors.js";
import { reading, shownPath } from "../../files/failure.js";
import { readJsonObject } from "./json-object.js";
import { readSafetensors, type SafeTensor } from "./safetensors.js";

export const INDEX_FILE = "model.safetensors.index.json";
export const SINGLE_FILE = "model.safetensors";
const MAX_INDEX_BYTES = 8 << 20;
/** More than the largest models have. */
const MAX_SHARDS = 1000;

/** Weights as Python stores its objects: reading them runs what they say. */
const PICKLES = /\.(bin|pth|pt|ckpt|pkl)$/i;

/** All tensors of a folder. */
export interface Shards {
  readonly tensors: ReadonlyMap<string, SafeTensor>;
  /** Types of the tensors that are not floats, by name. */
  readonly others: ReadonlyMap<string, string>;
  readonly files: readonly string[];
}

/**
 * Finds the tensors of all safetensors files of a model.
 * @throws LlamaError `not-found` where there are none, `unsupported` where there are pickles only, `format` where the
 *   index and the files disagree
 */
export function readShards(folder: string): Shards {
  const index = join(folder, INDEX_FILE);
  return existsSync(index) ? readIndexed(folder, index) : readSingle(folder);
}

function readSingle(folder: string): Shards {
  const path = join(folder, SINGLE_FILE);
  if (!existsSync(path))
    throw noWeights(
      reading(folder, () => readdirSync(folder)),
      shownPath(folder),
    );
  return { ...readSafetensors(path), files: [path] };
}

/** Why there are no weights among some files. */
export function noWeights(names: readonly string[], where: string): LlamaError {
  const pickle = names.find((name) => PICKLES.test(name));
  return pickle === undefined
    ? new LlamaError("not-found", `There is no ${SINGLE_FILE} and no ${INDEX_FILE} in ${where}.`)
    : new LlamaError(
        "unsupported",
        `The weights in ${where} are a Python pickle (${printable(pickle)}), which may run code when it is read; find the model as safetensors.`,
      );
}

function readIndexed(folder: string, index: string): Shards {
  const map = readJsonObject(index, shownPath(index), MAX_INDEX_BYTES).getObject("weight_map");
  const fileOf = new Map<string, string>();
  for (const [tensor, file] of map.entries()) fileOf.set(tensor, checkName(file, tensor));
  const names = [...new Set(fileOf.values())].sort();
  if (names.length === 0) throw new LlamaError("format", `${shownPath(index)} lists no tensors.`);
  if (names.length > MAX_SHARDS) {
    throw new LlamaError("format", `${shownPath(index)} lists ${names.length} files, and the limit is ${MAX_SHARDS}.`);
  }
  const tensors = new Map<string, SafeTensor>();
  const others = new Map<string, string>();
  const files = names.map((name) => join(folder, name));
  for (const [i, path] of files.entries()) {
    const shard = readSafetensors(path);
    for (const tensor of [...shard.tensors.keys(), ...shard.others.keys()]) {
      if (fileOf.get(tensor) !== names[i]) {
        throw new LlamaError(
          "format",
          `Tensor "${printable(tensor)}" is in ${shownPath(path)}, but not by ${INDEX_FILE}; the files do not belong together.`,
        );
      }
      fileOf.delete(tensor);
    }
    for (const [name, tensor] of shard.tensors) tensors.set(name, tensor);
    for (const [name, type] of shard.others) others.set(name, type);
  }
  const [missing] = fileOf;
  if (missing === undefined) return { tensors, others, files };
  throw new LlamaError(
    "format",
    `Tensor "${printable(missing[0])}" is missing in ${printable(missing[1])}, where ${INDEX_FILE} has it; download both again.`,
  );
}

/** A name of a file beside the index, and of no other place. */
function checkName(file: unknown, tensor: string): string {
  if (typeof file === "string" && /^[\w.-]+\.safetensors$/.test(file) && !file.startsWith(".")) return file;
  const shown = typeof file === "string" ? `"${printable(file)}"` : "no name";
  throw new LlamaError(
    "format",
    `${INDEX_FILE} has ${shown} as the file of tensor "${printable(tensor)}"; expected the name of a safetensors file beside it.`,
  );
}
