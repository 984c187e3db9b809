import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { writeCard } from "../evaluation/card/card.js";
import { measureCode } from "./evaluate/all.js";
import { codeModelCard } from "./model-card.js";
import { type Ablations, exportCodeModel, type TrainedModels } from "./pipeline.js";
import type { RunContext } from "./run-stage.js";

/** Writes the code model into a folder, measures it and all it is compared with, and puts its card beside it. */
export async function finish(
  context: RunContext,
  models: TrainedModels,
  ablations: Ablations,
  folder: string,
): Promise<void> {
  const { tuned } = models;
  const path = join(folder, "tiny-code-llama-Q8_0.gguf");
  exportCodeModel(path, context, tuned, "Q8_0");
  const figures = await measureCode(context, models, ablations);
  const [bytes, parameters] = [statSync(path).size, tuned.values.length];
  const card = codeModelCard({ ...figures, bytes, parameters, tokens: tokensOf(context) });
  writeCard(folder, "tiny-code-llama.md", card);
}

/** Of each stage, in millions, as its log has them. */
function tokensOf({ directory }: RunContext): Record<string, number> {
  const last = (stage: string) => {
    const log = readFileSync(join(directory, `${stage}.log.jsonl`), "utf8")
      .trim()
      .split("\n")
      .at(-1);
    return (JSON.parse(log as string) as { tokensSeen: number }).tokensSeen / 1e6;
  };
  return Object.fromEntries(["pretraining", "long", "tuning"].map((stage) => [stage, last(stage)]));
}
