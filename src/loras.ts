import { LlamaError, printable } from "./errors.js";
import type { GgufFile } from "./gguf/file.js";
import { openGguf } from "./gguf/open.js";
import { findModelFile, type PlaceOptions } from "./model-place.js";
import { kindOf, refuseUnknown } from "./options.js";

/** A LoRA adapter to load with a model. */
export interface LoraFile {
  /** Of a GGUF file, or whatever a model may be named by. */
  readonly path: string | URL;
  /** How much of it new sessions have, by default 1; 0 loads it for those that ask for it. */
  readonly scale?: number | undefined;
}

/** How much of an adapter a session has. */
export interface LoraScale {
  /** Its place in the list that the model was loaded with, from 0. */
  readonly id: number;
  /** 1 is as it was trained, 0 is nothing of it. */
  readonly scale: number;
}

/** An adapter that a model was loaded with, and how much of it new sessions have. */
export interface Lora extends LoraScale {
  readonly path: string;
}

/** More than anybody mixes; each costs every job a word. */
const MAX_LORAS = 64;

/** @throws LlamaError `option` for what is no list of adapters to load */
export function checkLoraFiles(loras: unknown): void {
  if (loras === undefined) return;
  if (!Array.isArray(loras)) throw refused("a list of { path, scale }", kindOf(loras));
  if (loras.length > MAX_LORAS) throw refused(`${MAX_LORAS} adapters at most`, `${loras.length}`);
  for (const lora of loras as readonly Partial<LoraFile>[]) {
    refuseUnknown(lora, { path: true, scale: true }, "An adapter in loras");
    if (typeof lora.path !== "string" && !(lora.path instanceof URL)) {
      throw refused("a list of { path, scale } with a path each", kindOf(lora.path));
    }
    if (lora.scale !== undefined) checkScale(lora.scale);
  }
}

/** Fetches what is elsewhere, and opens every adapter's file. @throws LlamaError as for a model's file */
export async function openLoras(loras: readonly LoraFile[], options: PlaceOptions): Promise<GgufFile[]> {
  const files: GgufFile[] = [];
  for (const { path } of loras) files.push(openGguf(await findModelFile(path, options, "An adapter in loras")));
  return files;
}

/**
 * The scale of each of a model's adapters; of those that are not in the list 0.
 * @param count how many adapters the model has
 * @throws LlamaError `option` for an adapter that is not there, or a scale that is no number
 */
export function scalesOf(loras: unknown, count: number): number[] {
  if (!Array.isArray(loras)) throw refused("a list of { id, scale }", kindOf(loras));
  const scales = new Array<number>(count).fill(0);
  const seen = new Set<number>();
  for (const lora of loras as readonly Partial<LoraScale>[]) {
    refuseUnknown(lora, { id: true, scale: true }, "An adapter in loras");
    const { id, scale } = lora;
    if (typeof id !== "number" || !(id in scales)) {
      const known = count === 0 ? "the model was loaded without adapters" : `ids go from 0 to ${count - 1}`;
      throw new LlamaError("option", `There is no adapter of id ${shown(id)}; ${known}.`);
    }
    if (seen.has(id)) throw new LlamaError("option", `The adapter of id ${id} is in the list twice.`);
    seen.add(id);
    scales[id] = checkScale(scale);
  }
  return scales;
}

function checkScale(scale: unknown): number {
  if (typeof scale === "number" && Number.isFinite(Math.fround(scale))) return scale;
  throw new LlamaError("option", `The scale of an adapter must be a finite number (got ${shown(scale)}).`);
}

function refused(expected: string, found: string): LlamaError {
  return new LlamaError("option", `loras must be ${expected} (got ${found}).`);
}

function shown(found: unknown): string {
  return typeof found === "string" ? `"${printable(found)}"` : String(found);
}
