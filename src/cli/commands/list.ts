import type { Command } from "commander";
import { printable } from "../../errors.js";
import type { CachedModel } from "../../hub/cached-models.js";
import { hubOptions } from "../model-place.js";
import { byteCount, counted } from "../show/amounts.js";
import { toJson } from "../show/json.js";
import { aligned } from "../show/table.js";
import type { Terminal } from "../terminal.js";

/** Who keeps a model, where that is not the hub's folder. */
const KEEPERS: Readonly<Record<CachedModel["source"], string>> = {
  hub: "",
  url: "",
  ollama: "kept by ollama",
  "llama.cpp": "kept by llama.cpp",
};

/** `llama2 list`: the models that are on this machine. */
export function addListCommand(program: Command, terminal: Terminal, signal: AbortSignal): void {
  program
    .command("list")
    .alias("ls")
    .description("list the models that were downloaded, by this program, Python, llama.cpp or ollama")
    .option("--json", "print an array of objects")
    .action(async ({ json }: { json?: boolean }) => {
      const { listCached, listPartial } = await import("../../hub/cached-models.js");
      const options = hubOptions(terminal, {}, signal);
      const models = listCached(options).toSorted((a, b) => b.lastUsed.getTime() - a.lastUsed.getTime());
      const partial = listPartial(options);
      if (json === true) {
        const objects = models.map(({ reference: _, ...model }) => ({
          ...model,
          lastUsed: model.lastUsed.toISOString(),
        }));
        terminal.write(`${toJson(objects)}\n`);
        return;
      }
      for (const line of aligned(models.map(rowOf))) terminal.write(`${line}\n`);
      const total = models.reduce((sum, { size }) => sum + size, 0);
      if (models.length === 0) terminal.note("No models have been downloaded yet; llama2 pull hf:OWNER/REPO gets one.");
      else terminal.note(`${counted(models.length, "model")}, ${byteCount(total)}`);
      for (const { name, bytes } of partial) {
        terminal.note(
          `${printable(name, 256)}: ${byteCount(bytes)} of an interrupted download; pull continues it, rm removes it.`,
        );
      }
    });
}

function rowOf({ name, size, quant, lastUsed, source }: CachedModel): string[] {
  return [printable(name, 256), byteCount(size), printable(quant ?? "-"), ago(lastUsed), KEEPERS[source]];
}

const DAY_MS = 24 * 3600 * 1000;

function ago(date: Date): string {
  const days = Math.floor((Date.now() - date.getTime()) / DAY_MS);
  if (days < 1) return "today";
  return days === 1 ? "yesterday" : `${days} days ago`;
}
