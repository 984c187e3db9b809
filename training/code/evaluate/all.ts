import { readCurve } from "../learning-curve.js";
import type { CodeCardFigures } from "../model-card.js";
import type { Ablations, TrainedModels } from "../pipeline.js";
import type { RunContext } from "../run-stage.js";
import { measureCost, measureGaps, measureKeys, measureLosses, measurePasses } from "./measure.js";

/** All that the card says but for what the files themselves tell. */
export type CodeFigures = Omit<CodeCardFigures, "bytes" | "parameters" | "tokens">;

export async function measureCode(
  context: RunContext,
  models: TrainedModels,
  ablations: Ablations,
): Promise<CodeFigures> {
  const { pretrained, long, tuned } = models;
  return {
    recipe: context.recipe,
    gaps: await measureGaps(context, [pretrained, long, tuned]),
    losses: await measureLosses(context, [ablations.withoutGaps, pretrained, long, tuned]),
    cost: await measureCost(context, ablations.withoutGaps, pretrained),
    curves: { withGaps: readCurve(context, "pretraining"), without: readCurve(context, "without-gaps") },
    passes: await measurePasses(context, models),
    keys: await measureKeys(context, models, ablations),
    answered: models.selfInstruct.instructions.length,
  };
}
