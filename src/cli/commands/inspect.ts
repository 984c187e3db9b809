import type { Command } from "commander";
import { LlamaError, printable } from "../../errors.js";
import type { GgufFile } from "../../gguf/file.js";
import type { MetadataEntry, MetadataValue } from "../../gguf/metadata.js";
import { openGguf } from "../../gguf/open.js";
import { describeMemory, type MemoryByContext, memoryByContext } from "../show/memory-table.js";
import type { Terminal } from "../terminal.js";

/** `llama2 inspect`: what a GGUF file says of itself. */
export function addInspectCommand(program: Command, terminal: Terminal): void {
  program
    .command("inspect")
    .description("print the metadata and tensors of a GGUF file")
    .argument("<file>")
    .option("--json", "print one JSON object, arrays in full")
    .action((path: string, flags: { json?: boolean }) => {
      const file = openGguf(path);
      terminal.write(flags.json === true ? `${JSON.stringify(toJson(file))}\n` : describe(file));
    });
}

function toJson(file: GgufFile): object {
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
  };
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

function describe(file: GgufFile): string {
  const lines = [`${printable(file.path, 512)}: GGUF version ${file.version}, ${file.size} bytes`, "", "metadata"];
  for (const [key, entry] of file.metadata)
    lines.push(`  ${printable(key)}  ${typeOf(entry)}  ${preview(entry.value)}`);
  const values = file.tensors.reduce((sum, { dims }) => sum + dims.reduce((product, dim) => product * dim, 1), 0);
  lines.push("", `tensors: ${file.tensors.length}, ${values} values`);
  const width = Math.max(0, ...file.tensors.map(({ name }) => printable(name).length));
  for (const { name, type, dims, bytes } of file.tensors) {
    lines.push(`  ${printable(name).padEnd(width)}  ${type.name.padEnd(6)}  [${dims.join(", ")}]  ${bytes} bytes`);
  }
  const memory = memoryOf(file);
  if (memory !== undefined) lines.push("", ...describeMemory(memory));
  return `${lines.join("\n")}\n`;
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

function preview(value: MetadataValue): string {
  if (typeof value === "string") return `"${printable(value)}"`;
  if (typeof value !== "object") return String(value);
  const shown = Array.from(value as ArrayLike<MetadataValue>)
    .slice(0, 5)
    .map(preview);
  return `${value.length} values: ${shown.join(", ")}${value.length > shown.length ? ", …" : ""}`;
}
