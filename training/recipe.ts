import { corpusSample } from "./corpus/sample.js";
import type { Phase } from "./run.js";
import { BUNDLED_SHAPE } from "./shape.js";
import { learnVocabulary, type Piece } from "./vocabulary.js";

/** All that makes the bundled model what it is: another number here is another model. */
export const RECIPE = {
  seed: 2,
  shape: BUNDLED_SHAPE,
  /** Tokens of a shard at most; four shards make a step. */
  shardTokens: 1024,
  /** Texts that the vocabulary is learned from. */
  vocabularyTexts: 8000,
  phases: [
    { stream: "pretraining", from: 0, schedule: { steps: 800, rate: 4e-3, warmup: 60, floor: 0.1 } },
    { stream: "tuning", from: 0, schedule: { steps: 430, rate: 2e-3, warmup: 30, floor: 0.02 } },
    { stream: "pretraining", from: 800, schedule: { steps: 1000, rate: 3e-3, warmup: 40, floor: 0.05 } },
    { stream: "tuning", from: 430, schedule: { steps: 520, rate: 2e-3, warmup: 20, floor: 0.02 } },
  ] satisfies readonly Phase[],
};

export function recipeVocabulary(): Piece[] {
  return learnVocabulary(corpusSample(RECIPE.seed, RECIPE.vocabularyTexts), RECIPE.shape.vocabularySize);
}
