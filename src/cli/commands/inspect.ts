import type { Command } from "commander";
import { LlamaError, printable } from "../../errors.js";
import type { GgufFile } from "../../gguf/file.js";
import { readVocabulary } from "../../tokenizer/read-vocabulary.js";
import { addHubOptions, type HubFlags } from "../flags/hub.js";
import { openInspected } from "../inspected-model.js";
import { modelAndWords } from "../model.js";
import { byteCount, counted } from "../show/amounts.js";
import { asJson, describeDifferences } from "../show/difference-report.js";
import { toJson } from "../show/json.js";
import { describeMemory, type MemoryByContext, memoryByContext } from "../show/memory-table.js";
import { plainValue, shownEntry, typeOf } from "../show/metadata-values.js";
import { differencesOf } from "../show/model-differences.js";
import { describeModel } from "../show/model-summary.js";
import { withoutControls } from "../show/plain-text.js";
import { aligned } from "../show/table.js";
import type { Terminal } from "../terminal.js";

interface InspectFlags extends HubFlags {
  model?: string;
  json?: boolean;
  tensors?: boolean;
}

/** `llama2 inspect`: what a GGUF file says of itself, or how two differ. */
export function addInspectCommand(program: Command, terminal: Terminal, signal: AbortSignal): void {
  const command = program
    .command("inspect")
    .description("print what is in a GGUF file, here or on a server, or how two files differ")
    .argument("[models...]", "one model, unless -m names it, or two to compare")
    .option("-m, --model <model>", "GGUF file, hf:OWNER/REPO[:QUANT] or URL");
  addHubOptions(command)
    .option("--tensors", "list the tensors too")
    .option("--json", "print one JSON object, with all tensors and whole arrays")
    .action(async (words: string[], flags: InspectFlags) => {
      const [first, second, ...others] = namesOf(words, flags);
      if (first === undefined)
        throw new LlamaError("option", "inspect needs a model: the path of a GGUF file, or hf:….");
      if (others.length > 0) throw new LlamaError("option", "inspect compares two models at most; name one or two.");
      const file = await openInspected(terminal, first, flags, signal);
      const other = second === undefined ? undefined : await openInspected(terminal, second, flags, signal);
      const found = other === undefined ? undefined : differencesOf(file, other);
      if (flags.json === true) {
        const object = found === undefined || other === undefined ? contents(file) : asJson(found, file, other);
        await terminal.printAll([toJson(object), "\n"], signal);
      } else {
        const lines =
          found === undefined || other === undefined ? describe(file, flags) : describeDifferences(found, file, other);
        await terminal.printAll([`${lines.join("\n")}\n`], signal);
      }
    });
}

function namesOf(words: readonly string[], flags: InspectFlags): string[] {
  const { model, words: rest } = modelAndWords(words, flags);
  return [...(model === undefined ? [] : [model]), ...rest];
}

function contents(file: GgufFile): object {
  // Without a prototype, so that a key such as __proto__ is a key like any other.
  const metadata: Record<string, unknown> = Object.create(null);
  for (const [key, { value }] of file.metadata) metadata[key] = plainValue(value);
  return {
    path: file.path,
    version: file.version,
    size: file.size,
    metadata,
    tensors: file.tensors.map(({ name, type, dims, path, offset, bytes }) => ({
      name,
      type: type.name,
      shape: dims,
      path,
      offset,
      bytes,
    })),
    memory: memoryOf(file),
    notes: notesOf(file),
  };
}

/** What is odd in the vocabulary; nothing for what has none that can be read. */
function notesOf(file: GgufFile): readonly string[] {
  try {
    return readVocabulary(file.metadata).notes;
  } catch (error) {
    if (error instanceof LlamaError) return [];
    throw error;
  }
}

function describe(file: GgufFile, { tensors }: InspectFlags): string[] {
  const memory = memoryOf(file);
  const entries = [...file.metadata].map(([key, entry]) => [printable(key), typeOf(entry), shownEntry(key, entry)]);
  return [
    ...describeModel(file),
    "",
    `metadata, ${counted(entries.length, "entry", "entries")}`,
    ...indented(aligned(entries)),
    ...(memory === undefined ? [] : ["", ...describeMemory(memory)]),
    ...notesOf(file).map((note) => `\nnote: ${withoutControls(note)}`),
    "",
    ...(tensors === true ? tensorLines(file) : [`${counted(file.tensors.length, "tensor")}; --tensors lists them`]),
  ];
}

function tensorLines({ tensors }: GgufFile): string[] {
  const rows = tensors.map(({ name, type, dims, bytes }) => [
    printable(name),
    type.name,
    `[${dims.join(", ")}]`,
    byteCount(bytes),
  ]);
  return [counted(tensors.length, "tensor"), ...indented(aligned(rows))];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

/** Nothing for what is no model, or none that runs: inspecting such a file is no error. */
function memoryOf(file: GgufFile): MemoryByContext | undefined {
  try {
    return memoryByContext(file);
  } catch (error) {
    if (error instanceof LlamaError) return undefined;
    throw error;
  }
}
