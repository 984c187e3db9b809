import { modelFacts } from "../../benchmark/model-source.js";
import { LlamaError, printable } from "../../errors.js";
import type { GgufFile } from "../../gguf/file.js";
import type { Llama } from "../../llama.js";
import { isAdapter } from "../../model/adapters.js";
import { type ModelConfig, readConfig } from "../../model/config.js";
import { byteCount, counted, largeCount } from "./amounts.js";
import { aligned } from "./table.js";

/** What somebody wants to know of a model's file first, a line each. */
export function describeModel(file: GgufFile): string[] {
  const { parameters, type, bytes, name } = modelFacts(file);
  const { metadata, tensors } = file;
  const hasName = metadata.findString("general.name") !== undefined;
  const rows = [
    ["name", hasName ? printable(name) : "none"],
    ["architecture", architectureOf(file)],
    ["parameters", `${largeCount(parameters)} in ${counted(tensors.length, "tensor")}`],
    ["weights", `${printable(type)}${bitsPerWeight(bytes, parameters)}${countsByType(file)}`],
    ["context", contextOf(file)],
    ["vocabulary", vocabularyOf(file)],
    ["chat template", metadata.find("tokenizer.chat_template") === undefined ? "none" : "in the file"],
    ["size", `${byteCount(file.size)}, GGUF version ${file.version}`],
  ];
  return [printable(file.path, 512), ...aligned(rows).map((line) => `  ${line}`)];
}

function architectureOf(file: GgufFile): string {
  const name = printable(file.metadata.findString("general.architecture") ?? "unknown");
  if (isAdapter(file.metadata)) {
    const matrices = file.tensors.filter((tensor) => tensor.name.endsWith(".lora_a")).length;
    return `${name}: an adapter of ${counted(matrices, "matrix", "matrices")}, to be given with --lora`;
  }
  try {
    const config = readConfig(file.metadata);
    const { layers, dim, heads, kvHeads, hiddenDim } = config;
    return `${name}: ${counted(layers, "layer")} of width ${dim} (feed-forward ${hiddenDim}), ${counted(heads, "head")}, ${counted(kvHeads, "KV head")}${expertsOf(config)}`;
  } catch (error) {
    // To inspect a file that does not run is no error.
    if (error instanceof LlamaError) return `${name} (does not run here: ${error.message})`;
    throw error;
  }
}

/** What a mixture has more than others, as the end of a line. */
export function expertsOf({ experts, expertsUsed }: ModelConfig): string {
  return experts === 0 ? "" : `, ${counted(experts, "expert")} of which a token has ${expertsUsed}`;
}

/** The adapters that a model was loaded with, a line each. */
export function adapterLines({ loras }: Llama): string[] {
  return loras.map(({ path, scale }) => `adapter  ${printable(path, 256)}, scale ${scale}`);
}

function bitsPerWeight(bytes: number, parameters: number): string {
  return parameters === 0 ? "" : `, ${((8 * bytes) / parameters).toFixed(2)} bits per weight`;
}

/** " (155 Q4_0, 45 F32, 1 Q6_K)" */
function countsByType({ tensors }: GgufFile): string {
  const counts = new Map<string, number>();
  for (const { type } of tensors) counts.set(type.name, (counts.get(type.name) ?? 0) + 1);
  const shown = [...counts].sort(([, a], [, b]) => b - a).map(([name, count]) => `${count} ${name}`);
  return shown.length === 0 ? "" : ` (${shown.join(", ")})`;
}

function contextOf({ metadata }: GgufFile): string {
  const architecture = metadata.findString("general.architecture") ?? "";
  const { value } = metadata.find(`${architecture}.context_length`) ?? {};
  return typeof value === "number" ? counted(value, "token") : "unknown";
}

const VOCABULARY_KINDS: Readonly<Record<string, string>> = { llama: "SentencePiece", gpt2: "byte-level BPE" };

function vocabularyOf({ metadata }: GgufFile): string {
  const { value: tokens } = metadata.find("tokenizer.ggml.tokens") ?? {};
  const { value: model } = metadata.find("tokenizer.ggml.model") ?? {};
  if (!Array.isArray(tokens)) return "none";
  const kind = typeof model === "string" ? (VOCABULARY_KINDS[model] ?? printable(model)) : "unknown kind";
  return `${counted(tokens.length, "token")}, ${kind}`;
}
