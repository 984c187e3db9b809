import type { Random } from "#dist/random.js";
import type { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { chance } from "../corpus/choice.js";
import { type DemonstrationQuality, demonstrate } from "../corpus/demonstrations/demonstration.js";
import { writeStory } from "../corpus/story.js";
import { trainingTask } from "../corpus/task.js";
import { type Document, fillBatch } from "../data/batch.js";
import { storyDocument } from "../data/documents.js";
import type { Example } from "../data/example-file.js";
import type { BatchSource, SourceContext, SourceName } from "../data/source.js";
import { answeredIds, promptOf } from "../data/turn.js";
import { tokenizerOf } from "../data/vocabulary.js";
import type { PathContext } from "./context.js";
import { instructedTurn } from "./ghost-attention.js";
import { randomFor } from "./seeds.js";

/** Stories among the demonstrations, lest they be forgotten, and turns under an instruction. */
const STORIES = 0.15;
const INSTRUCTED = 0.1;

/** A demonstration, or now and then a turn under an instruction. */
function drawDemonstration(
  random: Random,
  quality: DemonstrationQuality,
): { readonly user: string; readonly answer: string } {
  return chance(random, INSTRUCTED) ? instructedTurn(random) : demonstrate(random, trainingTask(random), quality);
}

/** A stream of them, with stories between. */
export function demonstrationSource(quality: DemonstrationQuality): SourceName {
  return { module: "rlhf/demonstrations.js", parameters: quality };
}

export function openSource(parameters: unknown, { pieces, shardTokens, shape }: SourceContext): BatchSource {
  const tokenizer = tokenizerOf(pieces);
  const quality = parameters as DemonstrationQuality;
  const longest = Math.min(shardTokens, shape.contextLength);
  return ({ seed, step, shard }) => {
    const random = randomFor(seed, "demonstrations", step, shard);
    return fillBatch(shardTokens, () => {
      for (;;) {
        const document = chance(random, STORIES)
          ? storyDocument(tokenizer, writeStory(random).text)
          : documentOf(random, tokenizer, quality);
        if (document.ids.length <= longest) return document;
      }
    });
  };
}

function documentOf(random: Random, tokenizer: Tokenizer, quality: DemonstrationQuality): Document {
  const { ids, from } = exampleOf(random, tokenizer, quality);
  return { ids, weights: ids.map((_, i) => (i < from ? 0 : 1)) };
}

function exampleOf(random: Random, tokenizer: Tokenizer, quality: DemonstrationQuality): Example {
  const { user, answer } = drawDemonstration(random, quality);
  return { ids: answeredIds(tokenizer, user, answer), from: promptOf(tokenizer, user).length };
}

/** Some of them, to be rehearsed beside other examples. */
export function demonstrationExamples(
  { tokenizer, recipe, seed }: PathContext,
  count: number,
  version: number,
): Example[] {
  const random = randomFor(seed, "rehearsal", version);
  return Array.from({ length: count }, () => exampleOf(random, tokenizer, recipe.quality)).filter(
    ({ ids }) => ids.length <= Math.min(recipe.shardTokens, recipe.shape.contextLength),
  );
}
