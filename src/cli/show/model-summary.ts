import { modelFacts } from "../../benchmark/model-source.js";
import { LlamaError, printable } from "../../errors.js";
import type { GgufFile } from "../../gguf/file.js";
import { readConfig } from "../../model/config.js";
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
  try {
    const { layers, dim, heads, kvHeads, hiddenDim } = readConfig(file.metadata);
    return `${name}: ${counted(layers, "layer")} of width ${dim} (feed-forward ${hiddenDim}), ${counted(heads, "head")}, ${counted(kvHeads, "KV head")}`;
  } catch (error) {
    // To inspect a file that does not run is no error.
    if (error instanceof LlamaError) return `${name} (does not run here: ${error.message})`;
    throw error;
  }
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
