import type { LoraFile } from "../../loras.js";
import { refused } from "./values.js";

export const LORA_FLAG = "--lora <file[:scale]>";
export const LORA_HELP = "LoRA adapter in GGUF, and its scale (1); repeatable, or with commas between";

/** Adapters as llama.cpp's `--lora` and `--lora-scaled` have them: files with commas between, each with a scale. */
export function lora(text: string, before: readonly LoraFile[] = []): LoraFile[] {
  return [...before, ...text.split(",").map((part) => fileAndScale(part, text))];
}

/** What stands behind the last colon is the scale if it is a number: Windows and hf: have colons of their own. */
function fileAndScale(part: string, text: string): LoraFile {
  const [, path = part, scale = "1"] = /^(.+):([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)$/i.exec(part) ?? [];
  const value = Number(scale);
  if (path === "" || !Number.isFinite(Math.fround(value))) {
    throw refused("the file of an adapter, or FILE:SCALE", text);
  }
  return { path, scale: value };
}
