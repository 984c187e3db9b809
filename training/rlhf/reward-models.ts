import { join } from "node:path";
import { exampleFile, type RankedPair, stepsOfEpoch } from "../data/example-file.js";
import { ParameterLayout } from "../network/parameters.js";
import { combinedScore } from "../ppo/rewards.js";
import type { Team } from "../run/team.js";
import { trainStage } from "../run/train-stage.js";
import { rewardStage, SAFETY_AUXILIARY } from "../stages/reward.js";
import { madeOnce, type PathContext, scalarShape, teamFor } from "./context.js";
import { randomFor } from "./seeds.js";

/** The two reward models of a version. */
export interface RewardModels {
  readonly helpfulness: Float32Array;
  readonly safety: Float32Array;
}
export type RewardName = keyof RewardModels;

/** The share of helpfulness pairs in what the safety model learns from ("Llama 2", Touvron et al. 2023, 3.2.2). */
const HELPFUL_SHARE = 0.1;

/**
 * Trains both reward models of a version from the chat model and all pairs so far, for one epoch. The helpfulness model
 * has as many safety pairs beside its own as there are; the safety model a tenth of helpfulness pairs, and its class.
 */
export async function trainRewardModels(
  context: PathContext,
  version: number,
  chat: Float32Array,
  pairs: { readonly helpfulness: readonly RankedPair[]; readonly safety: readonly RankedPair[] },
): Promise<RewardModels> {
  const { helpfulness, safety } = pairs;
  const helpfulBeside = Math.round((safety.length * HELPFUL_SHARE) / (1 - HELPFUL_SHARE));
  return {
    helpfulness: await trainReward(context, "helpfulness", `helpfulness-${version}`, chat, [
      ...helpfulness,
      ...safety.slice(0, helpfulness.length),
    ]),
    safety: await trainReward(context, "safety", `safety-${version}`, chat, [
      ...safety,
      ...helpfulness.slice(0, helpfulBeside),
    ]),
  };
}

/** Trains one reward model from a chat model, for one epoch. @param model its name */
export async function trainReward(
  context: PathContext,
  name: RewardName,
  model: string,
  chat: Float32Array,
  pairs: readonly RankedPair[],
): Promise<Float32Array> {
  const { directory, recipe, seed, shardTokens } = context;
  const file = `pairs-of-${model}.jsonl`;
  await madeOnce(context, file, async () => pairs);
  const steps = stepsOfEpoch("pairs", join(directory, file), shardTokens, seed);
  // The paper warms up for 3 % of the steps, at least 5.
  const warmup = Math.min(steps, Math.max(5, Math.round(0.03 * steps)));
  const schedule = { steps, rate: recipe.rewardRate, warmup, floor: 0.1 };
  const stage = rewardStage(
    name,
    exampleFile("pairs", directory, file),
    schedule,
    name === "safety" ? SAFETY_AUXILIARY : 0,
  );
  const shape = scalarShape(recipe.shape);
  return trainStage({ ...context, shape }, model, stage, withHead(context, chat));
}

/** The chat model's parameters with a head behind them: the reward model knows what the chat model knows. */
export function withHead({ recipe, seed }: PathContext, chat: Float32Array): Float32Array {
  const layout = new ParameterLayout(scalarShape(recipe.shape));
  const values = new Float32Array(layout.size);
  values.set(chat);
  layout.initialiseHead(values, randomFor(seed, "head"));
  return values;
}

/** An answer to be scored: with its prompt, and whether that is tagged as a safety prompt. */
export interface Scored {
  readonly ids: readonly number[];
  readonly isSafetyPrompt: boolean;
}

/** Both models, ready to score. */
export class Judges {
  readonly #helpfulness: Team;
  readonly #safety: Team;

  constructor(context: PathContext, models: RewardModels) {
    this.#helpfulness = teamFor(context, models.helpfulness, { scalarHead: true, samples: false });
    this.#safety = teamFor(context, models.safety, { scalarHead: true, samples: false });
  }

  /** The paper's Rc of each answer, as a linear score. */
  async scores(answers: readonly Scored[]): Promise<number[]> {
    const texts = answers.map(({ ids }) => ids);
    const [helpfulness, safety] = [await this.#helpfulness.scores(texts), await this.#safety.scores(texts)];
    return answers.map(({ isSafetyPrompt }, i) =>
      combinedScore({ isSafetyPrompt, safety: safety[i] as number, helpfulness: helpfulness[i] as number }),
    );
  }

  async dispose(): Promise<void> {
    await Promise.all([this.#helpfulness.dispose(), this.#safety.dispose()]);
  }
}
