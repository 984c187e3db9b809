import { existsSync } from "node:fs";
import { LlamaError } from "#dist/errors.js";
import { startFrom } from "../publish/import.js";
import { readCheckpointOf } from "../run/checkpoint.js";
import { trainStage } from "../run/train-stage.js";
import { languageStage, streamStage } from "../stages/language.js";
import type { PathContext } from "./context.js";
import { demonstrationExamples, demonstrationSource } from "./demonstrations.js";
import { ghostExamples } from "./ghost-attention.js";
import { trainPolicy } from "./policy.js";
import { collectPairs, nameOfPairs, type Pairs } from "./preferences.js";
import { sampleBest, tuneOnBest } from "./rejection-sampling.js";
import { type RewardModels, trainRewardModels } from "./reward-models.js";
import { shortTasks, tasksOf } from "./tasks.js";

/** What the path ends with: the models of all its versions, the first tuned on demonstrations, the last by PPO. */
export interface PathResult {
  readonly chats: readonly Float32Array[];
  /** One pair of models a version by rejection sampling. */
  readonly rewards: readonly RewardModels[];
}

/**
 * "Llama 2" (Touvron et al. 2023) from nothing: pretraining, tuning on demonstrations, then versions by rejection
 * sampling, each with new comparisons and reward models, ghost attention in the last of them, and PPO on top. Every
 * part leaves a file in the directory and is not made again.
 * @param pretrained parameters to begin with, instead of pretraining
 */
export async function walkPath(context: PathContext, pretrained?: Float32Array): Promise<PathResult> {
  const { recipe } = context;
  const base = pretrained ?? (await beginning(context));
  const first = await trainStage(
    context,
    "chat-0",
    languageStage("demonstrations", demonstrationSource(recipe.quality), recipe.demonstrations),
    base,
  );
  const chats = [first];
  const rewards: RewardModels[] = [];
  const pairs: Pairs[] = [];
  for (let version = 1; version <= recipe.versions; version++) {
    const newest = chats.at(-1) as Float32Array;
    const before = chats.at(-2) ?? first;
    pairs.push(await collectPairs(context, nameOfPairs(version), [newest, before], tasksOf(context, "pairs", version)));
    const models = await trainRewardModels(context, version, first, {
      // The newest first: what is cut is the oldest.
      helpfulness: [...pairs].reverse().flatMap(({ helpfulness }) => helpfulness),
      safety: [...pairs].reverse().flatMap(({ safety }) => safety),
    });
    rewards.push(models);
    const best = await sampleBest(context, version, newest, models, tasksOf(context, "prompts", version));
    const rehearsed = demonstrationExamples(context, Math.round(best.length * recipe.rehearsal), version);
    // The paper has ghost attention after its third version.
    const ghosts = version === recipe.versions ? await ghostExamples(context, newest) : [];
    chats.push(await tuneOnBest(context, version, first, rehearsed, ghosts));
  }
  const policy = await trainPolicy(context, chats.at(-1) as Float32Array, rewards.at(-1) as RewardModels, (iteration) =>
    shortTasks(context, iteration),
  );
  return { chats: [...chats, policy], rewards };
}

function beginning(context: PathContext): Promise<Float32Array> | Float32Array {
  const { start, shape, pretraining } = context.recipe;
  if (start !== undefined) return startFrom(start, shape, context.pieces);
  return trainStage(context, "pretrained", streamStage("pretraining", pretraining));
}

/** The parameters in a checkpoint of any recipe with this many of them. */
export function readPretrained(path: string, size: number): Float32Array {
  if (!existsSync(path)) throw new LlamaError("not-found", `There is no file ${path} to begin with.`);
  const { values } = readCheckpointOf(path).state;
  if (values.length !== size) {
    throw new LlamaError(
      "option",
      `The checkpoint ${path} has ${values.length} parameters; this recipe's model has ${size}.`,
    );
  }
  return values;
}
