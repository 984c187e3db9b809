import { join } from "node:path";
import { readExamples } from "../data/example-file.js";
import { ParameterLayout } from "../network/parameters.js";
import { UNSAFE_BELOW } from "../ppo/rewards.js";
import { exportModel } from "../publish/export.js";
import { exportReward } from "../publish/export-reward.js";
import { type PathContext, scalarShape, withTeam } from "./context.js";
import type { PathResult } from "./path.js";
import type { BestAnswer } from "./rejection-sampling.js";
import type { RewardName } from "./reward-models.js";

/**
 * Writes what the path made as GGUF files into its directory: the last model, the first one to compare it with, and the
 * last reward models, as classifiers and in rows.
 */
export async function publishPath(context: PathContext, { chats, rewards }: PathResult): Promise<void> {
  const { directory, pieces, recipe } = context;
  const layout = new ParameterLayout(recipe.shape);
  const [first, last] = [chats[0], chats.at(-1)] as [Float32Array, Float32Array];
  exportModel(join(directory, "chat-Q8_0.gguf"), layout, last, pieces, "Q8_0", "Tiny Llama Chat of the llama2 package");
  exportModel(join(directory, "demonstrations-Q8_0.gguf"), layout, first, pieces, "Q8_0");
  const models = rewards.at(-1);
  if (models === undefined) return;
  for (const [name, values] of Object.entries(models) as [RewardName, Float32Array][]) {
    const description = {
      name: `Reward model of ${name} of the llama2 package`,
      label: name,
      ...(await scoreStatistics(context, values)),
      ...(name === "safety" && { unsafeBelow: UNSAFE_BELOW }),
    };
    for (const form of ["classifier", "rows"] as const) {
      const path = join(directory, `${name}-${form}-Q8_0.gguf`);
      exportReward(path, new ParameterLayout(scalarShape(recipe.shape)), values, pieces, {
        ...description,
        form,
        type: "Q8_0",
      });
    }
  }
}

/** Mean and deviation of a model's scores of the best answers that it has seen. */
async function scoreStatistics(context: PathContext, values: Float32Array): Promise<{ mean: number; std: number }> {
  const { directory, recipe } = context;
  const answers = readExamples<BestAnswer>(join(directory, `best-${recipe.versions}.jsonl`)).map(({ ids }) => ids);
  const scores = await withTeam(context, values, (team) => team.scores(answers), { scalarHead: true });
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length;
  return { mean, std: Math.sqrt(variance) };
}
