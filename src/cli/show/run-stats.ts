import type { GenerationStats } from "../../generation/generation.js";
import type { Llama } from "../../llama.js";

/** The figures of a run that gave one answer, as `--json` has them. */
export function runStats(llama: Llama, loadMs: number, stats: GenerationStats): object {
  return { loadMs, ...stats, threads: llama.threads, peakRssBytes: process.resourceUsage().maxRSS * 1024 };
}
