import { join } from "node:path";
import { isSafety, type Task } from "../corpus/task.js";
import { type Example, exampleFile, readExamples, stepsOfEpoch } from "../data/example-file.js";
import { promptOf } from "../data/turn.js";
import type { Team } from "../run/team.js";
import { trainStage } from "../run/train-stage.js";
import type { Sample } from "../sampling/sampler.js";
import { languageStage } from "../stages/language.js";
import { madeOnce, type PathContext, sampleAll, withTeam } from "./context.js";
import { Judges, type RewardModels } from "./reward-models.js";
import { randomFor, seedFor } from "./seeds.js";

/** The best of the answers to a prompt, to be learned from its prompt's end on. */
export interface BestAnswer extends Example {
  readonly score: number;
}

/**
 * Which of the answers to a prompt is best: the highest score among those that ended, the first of equals; undefined
 * where none ended, for there is nothing to be learned from them.
 */
export function bestOf(samples: readonly Sample[], scores: readonly number[]): number | undefined {
  let best: number | undefined;
  for (const [i, { ended }] of samples.entries()) {
    if (ended && (best === undefined || (scores[i] as number) > (scores[best] as number))) best = i;
  }
  return best;
}

/** An answer that may be chosen, with its prompt. */
export interface Candidate extends Example {
  readonly sample: Sample;
  readonly task: Task;
}

/** What a model answers to each task, `recipe.answers` times. @param name of the seeds */
export async function sampleCandidates(
  context: PathContext,
  name: string,
  chat: Float32Array,
  tasks: readonly Task[],
): Promise<Candidate[][]> {
  const { recipe, tokenizer, seed } = context;
  const prompts = tasks.map(({ user }) => promptOf(tokenizer, user));
  const asked = prompts.flatMap((ids, index) =>
    Array.from({ length: recipe.answers }, (_, answer) => ({ ids, seed: seedFor(seed, name, index, answer) })),
  );
  const sample = (team: Team) => sampleAll(context, name, team, asked, recipe);
  const samples = await withTeam(context, chat, sample, { samples: true });
  return tasks.map((task, index) => {
    const first = index * recipe.answers;
    const prompt = prompts[index] as readonly number[];
    return samples
      .slice(first, first + recipe.answers)
      .map((sample) => ({ ids: [...prompt, ...sample.ids], from: prompt.length, sample, task }));
  });
}

/** Has the newest model answer each prompt several times, and keeps what the reward models like best. */
export async function sampleBest(
  context: PathContext,
  version: number,
  chat: Float32Array,
  models: RewardModels,
  tasks: readonly Task[],
): Promise<BestAnswer[]> {
  const name = `best-${version}`;
  return madeOnce(context, `${name}.jsonl`, async () => {
    const candidates = await sampleCandidates(context, name, chat, tasks);
    const judges = new Judges(context, models);
    const answers = candidates.flat().map(({ ids, task }) => ({ ids, isSafetyPrompt: isSafety(task) }));
    const scores = await judges.scores(answers);
    await judges.dispose();
    return candidates.flatMap((group, index) => {
      const first = index * group.length;
      const best = bestOf(
        group.map(({ sample }) => sample),
        scores.slice(first, first + group.length),
      );
      if (best === undefined) return [];
      const { ids, from } = group[best] as Candidate;
      return [{ ids, from, score: scores[first + best] as number }];
    });
  });
}

/**
 * Tunes on the best answers, of this version and of all before it: with the newest alone the paper's third version
 * forgot how to rhyme. What is rehearsed are demonstrations. Every version begins with the first chat model: the
 * paper's begin with the base model and the tuning data.
 */
export async function tuneOnBest(
  context: PathContext,
  version: number,
  first: Float32Array,
  rehearsed: readonly Example[],
  others: readonly Example[] = [],
): Promise<Float32Array> {
  const make = async () => [...mixedBest(context, version), ...rehearsed, ...others];
  return tuneOn(context, `chat-${version}`, `tuning-${version}.jsonl`, first, make);
}

/** Tunes on examples, which a file keeps. @param name of the model */
export async function tuneOn(
  context: PathContext,
  name: string,
  file: string,
  first: Float32Array,
  make: () => Promise<readonly Example[]>,
): Promise<Float32Array> {
  const { directory, recipe, seed, shardTokens } = context;
  await madeOnce(context, file, make);
  const steps = recipe.tuningEpochs * stepsOfEpoch("examples", join(directory, file), shardTokens, seed);
  const schedule = { steps, rate: recipe.tuningRate, warmup: Math.max(1, Math.round(0.03 * steps)), floor: 0.1 };
  const stage = languageStage("tuning on the best", exampleFile("examples", directory, file), schedule);
  return trainStage(context, name, stage, first);
}

/** All of the newest, and of each version before it the upper half by score. */
export function mixedBest({ directory, seed }: PathContext, version: number): Example[] {
  const of = (v: number) => readExamples<BestAnswer>(join(directory, `best-${v}.jsonl`));
  const older = Array.from({ length: version - 1 }, (_, i) => of(i + 1)).flatMap((answers) => {
    const sorted = [...answers].sort((a, b) => b.score - a.score);
    return sorted.slice(0, Math.ceil(sorted.length / 2));
  });
  // As many old ones as new ones at most, or the newest would drown in them.
  const newest = of(version);
  const random = randomFor(seed, "older", version);
  while (older.length > newest.length) older.splice(Math.floor(random.nextFloat() * older.length), 1);
  return [...newest, ...older].map(({ ids, from }) => ({ ids, from }));
}
