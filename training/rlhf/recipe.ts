import { LlamaError } from "#dist/errors.js";
import { RECIPE } from "../bundled/recipe.js";
import type { DemonstrationQuality } from "../corpus/demonstrations/demonstration.js";
import type { MarginTable } from "../corpus/preferences/margins.js";
import type { Shape } from "../network/shape.js";
import type { Schedule } from "../stages/schedule.js";

/** All that decides what comes out of the path, but for a pretrained model that is given. */
export interface RlhfRecipe {
  readonly seed: number;
  readonly shape: Shape;
  readonly shardTokens: number;
  /** What the vocabulary is learned from. */
  readonly vocabulary: { readonly seed: number; readonly texts: number };
  readonly pretraining: Schedule;
  /** A chat model that the path begins with instead, a GGUF file of the same shape and pieces. */
  readonly start?: string;
  /** Of the first chat model, on demonstrations, and what these are like. */
  readonly demonstrations: Schedule;
  readonly quality: DemonstrationQuality;
  /** Versions by rejection sampling; PPO makes the one after them. */
  readonly versions: number;
  /** Compared pairs a version. */
  readonly pairs: number;
  readonly margins: MarginTable;
  readonly rewardRate: number;
  /** Prompts a version, and answers to each. */
  readonly prompts: number;
  readonly answers: number;
  readonly temperature: number;
  readonly tuningRate: number;
  readonly tuningEpochs: number;
  /** Demonstrations a version that are learned beside the best answers, as a part of these. */
  readonly rehearsal: number;
  /** Dialogues of ghost attention, learned with the last version by rejection sampling. */
  readonly ghosts: number;
  /** Tokens of an answer at most, EOS included; in PPO, which asks for no stories. */
  readonly longestAnswer: number;
  readonly longestPolicyAnswer: number;
  /** Under an instruction, where many turns are to fit into one context. */
  readonly longestInstructedAnswer: number;
  readonly policy: {
    readonly iterations: number;
    readonly episodes: number;
    readonly minibatch: number;
    readonly rate: number;
    readonly valueRate: number;
    readonly beta: number;
    /** Nats an answer of divergence from the reference at which it ends early. */
    readonly farthest: number;
    /** Held-out prompts by which it ends early where answers get worse twice in a row, and iterations between looks. */
    readonly lookedAt: number;
    readonly looksEvery: number;
  };
  /** Held-out prompts that each version is judged on. */
  readonly judged: number;
  /** Of how many answers of the first chat model the best is looked at. */
  readonly bestOf: readonly number[];
  /** Runs of each table of margins, which are compared. */
  readonly marginSeeds: number;
  /** A GGUF file of the same shape and pieces, tuned on clean demonstrations, to be compared with. */
  readonly clean?: string;
}

const PEAK = 4e-3;

/** The chat model in the package. */
const PACKAGED = "models/tiny-llama-Q8_0.gguf";

/**
 * The paper's proportions at our size: rates are to the pretraining's as the paper's are (tuning a fifteenth, PPO a
 * three-hundredth), but for the reward models. With PPO's three times as high the reward rose from 1.87 to 2.02 in 60
 * iterations, and the quality of held-out answers fell from 0.54 after 20 to 0.47 and 0.46.
 */
export const RLHF_RECIPE: RlhfRecipe = {
  seed: 5,
  shape: RECIPE.shape,
  shardTokens: RECIPE.shardTokens,
  vocabulary: { seed: RECIPE.seed, texts: RECIPE.vocabularyTexts },
  // Facts are what its reward models tell answers apart by: with 800 steps they saw form alone.
  pretraining: { steps: 1800, rate: PEAK, warmup: 60, floor: 0.05 },
  demonstrations: { steps: 430, rate: PEAK / 2, warmup: 30, floor: 0.02 },
  quality: "mixed",
  versions: 4,
  pairs: 10_000,
  margins: "small",
  // The paper's thirtieth is for a hundred times as many comparisons. With it, and with three and nine times as much,
  // 58.6, 62.5 and 62.8 % of the better answers were told from those of 4000 pairs.
  rewardRate: PEAK / 10,
  prompts: 2000,
  answers: 8,
  temperature: 1,
  tuningRate: PEAK / 15,
  tuningEpochs: 2,
  rehearsal: 0.3,
  ghosts: 1500,
  longestAnswer: 200,
  longestPolicyAnswer: 64,
  longestInstructedAnswer: 32,
  policy: {
    iterations: 100,
    episodes: 256,
    minibatch: 64,
    rate: PEAK / 300,
    valueRate: PEAK / 30,
    beta: 0.02,
    farthest: 10,
    lookedAt: 500,
    looksEvery: 10,
  },
  judged: 1000,
  bestOf: [1, 2, 4, 8, 16, 32, 64],
  marginSeeds: 3,
  clean: PACKAGED,
};

/**
 * The path from a good start: the chat model in the package, and demonstrations that are all right, which teach it to
 * refuse. What preferences add to it is what they add where little is wrong.
 */
export const CLEAN_RECIPE: RlhfRecipe = {
  ...RLHF_RECIPE,
  start: PACKAGED,
  demonstrations: { steps: 200, rate: PEAK / 4, warmup: 15, floor: 0.02 },
  quality: "whole",
};

/**
 * The same path with a part of the comparisons, the prompts and PPO's iterations, for a machine or an afternoon. What
 * it begins with, rates and what is measured stay.
 */
export function scaled(recipe: RlhfRecipe, scale: number): RlhfRecipe {
  if (!(scale > 0 && scale <= 1)) throw new LlamaError("option", `A scale is above 0 and at most 1; ${scale} is not.`);
  const part = (count: number) => Math.max(8, Math.round(count * scale));
  return {
    ...recipe,
    pairs: part(recipe.pairs),
    prompts: part(recipe.prompts),
    ghosts: part(recipe.ghosts),
    policy: { ...recipe.policy, iterations: part(recipe.policy.iterations) },
  };
}

/** What a card says of it. */
export function recipeLines(recipe: RlhfRecipe): string[] {
  const { seed, shape, versions, pairs, prompts, answers, policy, margins, start, quality } = recipe;
  return [
    `\`npm run train:rlhf\` (training/rlhf/recipe.ts), seed ${seed}; dim ${shape.dim}, ${shape.layers} layers`,
    `begins with ${start ?? "random numbers"}, demonstrations ${quality === "mixed" ? "of mixed quality" : "all right, requests that are not safe refused"}`,
    `${versions} versions by rejection sampling, each with ${pairs} new comparisons (margins: ${margins}) and the best of
  ${answers} answers to each of ${prompts} prompts`,
    `PPO: at most ${policy.iterations} iterations of ${policy.episodes} answers, KL weighed ${policy.beta}`,
  ];
}
