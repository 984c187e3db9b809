import type { Piece } from "../data/vocabulary.js";
import { BUNDLED_SHAPE, type Shape } from "../network/shape.js";
import { languageStage } from "../stages/language.js";
import type { Schedule } from "../stages/schedule.js";
import type { Stage } from "../stages/stage.js";
import { type CodeStream, codeSource } from "./data/streams.js";
import type { Instruction } from "./data/texts.js";
import { learnCodeVocabulary } from "./data/vocabulary.js";

/** Rozière et al. 2023: the last rate of pretraining is a thirtieth of the highest. */
const FLOOR = 1 / 30;

/** Numbers that the tests make small. */
export interface CodeRecipe {
  readonly seed: number;
  /** The Llama 2 that training begins with, a GGUF file, as Code Llama begins with one; random numbers without. */
  readonly start?: string;
  readonly shape: Shape;
  /** Tokens of a shard at most; four shards make a step. */
  readonly shardTokens: number;
  readonly longShardTokens: number;
  readonly longContext: number;
  /** Of long contexts; the paper raises it from 1e4. */
  readonly longTheta: number;
  /** Texts that the vocabulary is learned from. */
  readonly vocabularyTexts: number;
  readonly pretraining: Schedule;
  readonly long: Schedule;
  readonly tuning: Schedule;
  /** Questions that are tried, and answers to each, at a temperature. */
  readonly questions: number;
  readonly samples: number;
  readonly temperature: number;
  readonly evaluation: EvaluationSizes;
}

export interface EvaluationSizes {
  /** Gaps of each kind. */
  readonly gaps: number;
  /** Prompts for each place of a key, and their lengths in tokens. */
  readonly keys: number;
  readonly keyLengths: readonly number[];
  readonly problems: number;
  readonly samples: number;
  /** Steps of held-out text whose loss is measured. */
  readonly lossSteps: number;
  /** Steps of pretraining after which it is measured. */
  readonly lossEvery: number;
  /** Programs by which is told where gaps in training cost what. */
  readonly programs: number;
}

/** All that makes the bundled code model what it is. */
export const CODE_RECIPE: CodeRecipe = {
  seed: 4,
  start: "models/tiny-llama-Q8_0.gguf",
  shape: BUNDLED_SHAPE,
  shardTokens: 1024,
  longShardTokens: 2048,
  longContext: 2048,
  longTheta: 1e6,
  vocabularyTexts: 4000,
  pretraining: { steps: 4400, rate: 3e-3, warmup: 60, floor: FLOOR },
  long: { steps: 160, rate: 5e-4, warmup: 5, floor: FLOOR },
  tuning: { steps: 150, rate: 5e-4, warmup: 5, floor: FLOOR },
  questions: 2000,
  samples: 10,
  temperature: 0.8,
  evaluation: {
    gaps: 300,
    keys: 32,
    keyLengths: [256, 512, 1024, 2048],
    problems: 40,
    samples: 20,
    lossSteps: 10,
    lossEvery: 400,
    programs: 1000,
  },
};

export function codeVocabulary({ seed, vocabularyTexts, shape }: CodeRecipe): Piece[] {
  return learnCodeVocabulary(seed, vocabularyTexts, shape.vocabularySize);
}

/** Learning one of the streams, or the instructions given. */
function codeStage(name: string, stream: Parameters<typeof codeSource>[0], schedule: Schedule): Stage {
  return languageStage(name, codeSource(stream), schedule);
}

/** With gaps, or without to see what they cost: all else is the same. */
export function pretrainingStage(recipe: CodeRecipe, stream: CodeStream = "pretraining"): Stage {
  return codeStage(stream, stream, recipe.pretraining);
}

export function longShape({ shape, longContext }: CodeRecipe, ropeTheta: number): Shape {
  return { ...shape, contextLength: longContext, ropeTheta };
}

/** Long contexts, or with another theta what the paper compares them with. */
export function longStage(recipe: CodeRecipe, ropeTheta = recipe.longTheta): Stage {
  return {
    ...codeStage("long contexts", "long", recipe.long),
    shape: { contextLength: recipe.longContext, ropeTheta },
    shardTokens: recipe.longShardTokens,
  };
}

/** Answers of the model's own, at the shape that long contexts have left. */
export function tuningStage(recipe: CodeRecipe, instructions: readonly Instruction[]): Stage {
  const { longContext: contextLength, longTheta: ropeTheta } = recipe;
  return { ...codeStage("instructions", { instructions }, recipe.tuning), shape: { contextLength, ropeTheta } };
}
