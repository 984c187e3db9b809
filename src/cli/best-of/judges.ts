import type { ChoiceOptions } from "../../generation/best-of-options.js";
import type { Llama } from "../../llama.js";
import { requireReward } from "../../model/reward-head.js";
import { definedOf } from "../../options.js";
import type { LoadFlags } from "../flags/load.js";
import { withModel } from "../model.js";
import type { Terminal } from "../terminal.js";
import type { BestOfPlan } from "./flags.js";

/** Who chooses, without who listens. */
export type Judges = Required<Pick<ChoiceOptions, "k" | "reward">> & Pick<ChoiceOptions, "safety" | "isSafetyPrompt">;

/** Does something with the models that choose, which are let go afterwards. */
export async function withJudges<T>(
  terminal: Terminal,
  plan: BestOfPlan,
  flags: LoadFlags,
  signal: AbortSignal,
  use: (judges: Judges) => Promise<T>,
): Promise<T> {
  const { k, rewardModel, safetyModel, isSafetyPrompt } = plan;
  // Context, cache types and adapters are the writing model's.
  const { offline, hfToken, threads, kernels, batchSize, memoryLimit } = flags;
  const shared = definedOf({ offline, hfToken, threads, kernels, batchSize, memoryLimit });
  const judging = <R>(name: string, next: (judge: Llama) => Promise<R>) =>
    withModel(terminal, name, shared, signal, async (judge) => {
      requireReward(judge.reward);
      return next(judge);
    });
  return judging(rewardModel, async (reward) => {
    if (safetyModel === undefined) return use({ k, reward });
    return judging(safetyModel, (safety) => use({ k, reward, safety, isSafetyPrompt }));
  });
}
