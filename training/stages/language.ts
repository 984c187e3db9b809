import { type StreamName, streamNamed } from "../data/documents.js";
import type { SourceName } from "../data/source.js";
import type { Schedule } from "./schedule.js";
import { PAPER_EPSILON, type Stage } from "./stage.js";

/** Learning to predict what a source writes: pretraining, or tuning where only its answers have weight. */
export function languageStage(
  name: string,
  source: SourceName,
  schedule: Schedule,
  options: Partial<Pick<Stage, "from" | "epsilon" | "shape" | "shardTokens">> = {},
): Stage {
  return { name, source, from: 0, objective: { name: "cross-entropy" }, schedule, epsilon: PAPER_EPSILON, ...options };
}

/** The same of one of the streams of the bundled model's corpus. */
export function streamStage(
  stream: StreamName,
  schedule: Schedule,
  options: Partial<Pick<Stage, "from" | "epsilon">> = {},
): Stage {
  return languageStage(stream, streamNamed(stream), schedule, options);
}
