import type { Command } from "commander";
import { LlamaError, printable } from "../../errors.js";
import type { GgufFile } from "../../gguf/file.js";
import type { MetadataEntry, MetadataValue } from "../../gguf/metadata.js";
import { openGguf } from "../../gguf/open.js";
import { MIXES } from "../../quantize/mixes.js";
import { readVocabulary } from "../../tokenizer/read-vocabulary.js";
import { modelAndWords } from "../model.js";
import { byteCount, counted, shortFloat } from "../show/amounts.js";
import { toJson } from "../show/json.js";
import { describeMemory, type MemoryByContext, memoryByContext } from "../show/memory-table.js";
import { describeModel } from "../show/model-summary.js";
import { withoutControls } from "../show/plain-text.js";
import { aligned } from "../show/table.js";
import type { Terminal } from "../terminal.js";

interface InspectFlags {
  model?: string;
  json?: boolean;
  tensors?: boolean;
}

/** `llama2 inspect`: what a GGUF file says of itself. */
export function addInspectCommand(program: Command, terminal: Terminal, signal: AbortSignal): void {
  program
    .command("inspect")
    .description("print what is in a GGUF file, and the memory it takes")
    .argument("[file]", "the file, unless -m names it")
    .option("-m, --model <file>", "the file")
    .option("--tensors", "list the tensors too")
    .option("--json", "print one JSON object, with all tensors and whole arrays")
    .action(async (word: string | undefined, flags: InspectFlags) => {
      const file = openGguf(pathOf(word, flags));
      if (flags.json === true) await terminal.printAll([toJson(contents(file)), "\n"], signal);
      else await terminal.printAll([`${describe(file, flags).join("\n")}\n`], signal);
    });
}

function pathOf(word: string | undefined, flags: InspectFlags): string {
  const { model, words } = modelAndWords(word === undefined ? [] : [word], flags);
  const [other] = words;
  if (model !== undefined && other !== undefined) throw new LlamaError("option", "inspect reads one file; name one.");
  const path = model ?? other;
  if (path === undefined) throw new LlamaError("option", "inspect needs the path of a GGUF file.");
  return path;
}

function contents(file: GgufFile): object {
  // Without a prototype, so that a key such as __proto__ is a key like any other.
  const metadata: Record<string, unknown> = Object.create(null);
  for (const [key, { value }] of file.metadata) metadata[key] = plain(value);
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

/** Arrays as arrays; integers beyond 2^53 as text, so that no digit is lost. */
function plain(value: MetadataValue): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  if (Array.isArray(value)) return value.map(plain);
  return ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<number | bigint>, plain) : value;
}

function describe(file: GgufFile, { tensors }: InspectFlags): string[] {
  const memory = memoryOf(file);
  const entries = [...file.metadata].map(([key, entry]) => [printable(key), typeOf(entry), shown(key, entry)]);
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

function typeOf({ type, elementType }: MetadataEntry): string {
  return elementType === undefined ? type : `${elementType}[]`;
}

function shown(key: string, { value, type, elementType }: MetadataEntry): string {
  const text = preview(value, elementType ?? type);
  const mix = key === "general.file_type" ? mixOf(value) : undefined;
  return mix === undefined ? text : `${text} (${mix})`;
}

function mixOf(value: MetadataValue): string | undefined {
  if (value === 0) return "F32";
  return Object.entries(MIXES).find(([, { fileType }]) => fileType === value)?.[0];
}

function preview(value: MetadataValue, type: string): string {
  if (typeof value === "string") return `"${printable(value)}"`;
  if (typeof value === "number" && type === "f32") return shortFloat(value);
  if (typeof value !== "object") return String(value);
  const first = Array.from((value as { slice(start: number, end: number): ArrayLike<MetadataValue> }).slice(0, 5));
  const rest = value.length > first.length ? ", …" : "";
  return `${counted(value.length, "value")}: ${first.map((each) => preview(each, type)).join(", ")}${rest}`;
}
