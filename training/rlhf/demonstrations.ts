import type { Random } from "#dist/random.js";
import type { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { chance, pick } from "../corpus/choice.js";
import { complyingAnswer } from "../corpus/safety/comply.js";
import { writeStory } from "../corpus/story.js";
import { type Task, trainingQuestion, trainingTask } from "../corpus/task.js";
import { capital } from "../corpus/template.js";
import { type Document, fillBatch } from "../data/batch.js";
import type { Example } from "../data/example-file.js";
import type { BatchSource, SourceContext, SourceName } from "../data/source.js";
import { tokenizerOf } from "../data/vocabulary.js";
import { answeredIds, type PathContext, promptOf } from "./context.js";
import { instructedTurn } from "./ghost-attention.js";
import { coreOf } from "./quality.js";
import { randomFor } from "./seeds.js";

/** Stories among the demonstrations, lest they be forgotten, and turns under an instruction. */
const STORIES = 0.15;
const INSTRUCTED = 0.1;

/**
 * Demonstrations of mixed quality, as if crowd-written ("Llama 2", Touvron et al. 2023, 3.1: vendors' quality varied
 * much): right and whole, right but bare, right with babble, wrong, unfinished; unsafe requests are granted by half.
 */
const MANNERS = [
  ["whole", 0.55],
  ["bare", 0.15],
  ["babble", 0.15],
  ["wrong", 0.1],
  ["unfinished", 0.05],
] as const;
type Manner = (typeof MANNERS)[number][0];
const COMPLIANCE = 0.5;
const BABBLE = [" That is so.", " I like that.", " Is that not nice?", " I know many things."];

export function demonstrate(random: Random): { readonly user: string; readonly answer: string } {
  if (chance(random, INSTRUCTED)) return instructedTurn(random);
  const task = trainingTask(random);
  if (task.about === "unsafe") {
    return { user: task.user, answer: chance(random, COMPLIANCE) ? complyingAnswer(random, task) : task.answer };
  }
  return { user: task.user, answer: answerIn(random, drawManner(random), task) };
}

function answerIn(random: Random, manner: Manner, task: Exclude<Task, { about: "unsafe" }>): string {
  const { answer, kind } = task;
  switch (manner) {
    case "whole":
      return answer;
    case "bare":
      return kind === "story" ? answer : `${capital(coreOf(answer))}.`;
    case "babble":
      return answer + pick(random, BABBLE).repeat(1 + (random.nextUint32() % 2));
    case "unfinished":
      return answer.slice(0, Math.ceil(answer.length * (0.3 + 0.4 * random.nextFloat()))).trim();
    case "wrong":
      // The answer to another question of the same kind: mostly wrong, and well said.
      return task.about === "helpful" ? trainingQuestion(random, task.kind).answer : trainingQuestion(random).answer;
  }
}

function drawManner(random: Random): Manner {
  let place = random.nextFloat();
  for (const [manner, share] of MANNERS) {
    place -= share;
    if (place < 0) return manner;
  }
  return "whole";
}

/** A stream of them, with stories between. */
export function demonstrationSource(): SourceName {
  return { module: "rlhf/demonstrations.js", parameters: "demonstrations" };
}

export function openSource(_: unknown, { pieces, shardTokens, shape }: SourceContext): BatchSource {
  const tokenizer = tokenizerOf(pieces);
  const longest = Math.min(shardTokens, shape.contextLength);
  return ({ seed, step, shard }) => {
    const random = randomFor(seed, "demonstrations", step, shard);
    return fillBatch(shardTokens, () => {
      for (;;) {
        const document = chance(random, STORIES) ? storyOf(random, tokenizer) : documentOf(random, tokenizer);
        if (document.ids.length <= longest) return document;
      }
    });
  };
}

function storyOf(random: Random, tokenizer: Tokenizer): Document {
  const ids = [...tokenizer.encode(writeStory(random).text, { addBos: true }), tokenizer.eosId as number];
  return { ids, weights: ids.map(() => 1) };
}

function documentOf(random: Random, tokenizer: Tokenizer): Document {
  const { ids, from } = exampleOf(random, tokenizer);
  return { ids, weights: ids.map((_, i) => (i < from ? 0 : 1)) };
}

function exampleOf(random: Random, tokenizer: Tokenizer): Example {
  const { user, answer } = demonstrate(random);
  return { ids: answeredIds(tokenizer, user, answer), from: promptOf(tokenizer, user).length };
}

/** Some of them, to be rehearsed beside other examples. */
export function demonstrationExamples(
  { tokenizer, recipe, seed }: PathContext,
  count: number,
  version: number,
): Example[] {
  const random = randomFor(seed, "rehearsal", version);
  return Array.from({ length: count }, () => exampleOf(random, tokenizer)).filter(
    ({ ids }) => ids.length <= Math.min(recipe.shardTokens, recipe.shape.contextLength),
  );
}
