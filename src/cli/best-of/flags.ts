import type { Command } from "commander";
import { LlamaError } from "../../errors.js";
import { MAX_CANDIDATES } from "../../generation/best-of-options.js";
import { wholeNumberFrom } from "../flags/values.js";

/** What commander makes of {@link addBestOfOptions}. */
export interface BestOfFlags {
  bestOf?: number;
  rewardModel?: string;
  safetyModel?: string;
  safetyPrompt?: boolean;
  showScores?: boolean;
  temperature?: number;
}

/** The flags of choosing among several answers. */
export function addBestOfOptions(command: Command): Command {
  return command
    .optionsGroup("Best of several answers:")
    .option("--best-of <count>", "sample so many answers, and show the best (8)", wholeNumberFrom(1, MAX_CANDIDATES))
    .option("--reward-model <model>", "the reward model that says which is best: a file, hf:OWNER/REPO or URL")
    .option("--safety-model <model>", "a second one, whose score counts where it finds an answer unsafe")
    .option("--safety-prompt", "what is asked for is unsafe: the safety model's score counts for every answer")
    .option("--show-scores", "list all answers with their scores, on standard error");
}

/** How many answers to sample, and the names of those who choose. */
export interface BestOfPlan {
  readonly k: number;
  readonly rewardModel: string;
  readonly safetyModel: string | undefined;
  readonly isSafetyPrompt: boolean;
  readonly showsScores: boolean;
}

const USUAL_COUNT = 8;

/**
 * What the flags ask for; undefined where one answer is wanted.
 * @throws LlamaError `option` where they contradict each other
 */
export function bestOfPlan(flags: BestOfFlags): BestOfPlan | undefined {
  const { bestOf, rewardModel, safetyModel, safetyPrompt, showScores } = flags;
  if (rewardModel === undefined) {
    const dependent = {
      "--best-of": bestOf,
      "--safety-model": safetyModel,
      "--safety-prompt": safetyPrompt,
      "--show-scores": showScores,
    };
    const [flag] = Object.entries(dependent)
      .filter(([, value]) => value !== undefined)
      .map(([name]) => name);
    if (flag === undefined) return undefined;
    throw new LlamaError("option", `${flag} needs --reward-model, which says how good an answer is.`);
  }
  if (safetyPrompt === true && safetyModel === undefined) {
    throw new LlamaError("option", "--safety-prompt has the safety model's score count; name one with --safety-model.");
  }
  const k = bestOf ?? USUAL_COUNT;
  if (flags.temperature === 0 && k > 1) {
    throw new LlamaError(
      "option",
      `With --temp 0 all ${k} answers would be the same; raise it, or leave out --best-of.`,
    );
  }
  return { k, rewardModel, safetyModel, isSafetyPrompt: safetyPrompt === true, showsScores: showScores === true };
}
