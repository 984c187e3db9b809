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
    { stream: "pretraining", schedule: { steps: 800, rate: 4e-3, warmup: 60, floor: 0.1 } },
    { stream: "tuning", schedule: { steps: 430, rate: 2e-3, warmup: 30, floor: 0.02 } },
  ] satisfies readonly Phase[],
};

export function recipeVocabulary(): Piece[] {
  return learnVocabulary(corpusSample(RECIPE.seed, RECIPE.vocabularyTexts), RECIPE.shape.vocabularySize);
}
