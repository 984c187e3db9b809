import { isSafety, type Task } from "../corpus/task.js";
import type { RankedPair } from "../data/example-file.js";
import type { Team } from "../run/team.js";
import type { Sample } from "../sampling/sampler.js";
import { MARGINS } from "../stages/reward.js";
import { type Comparison, compare } from "./annotators.js";
import { madeOnce, type PathContext, promptOf, sampleAll, textOf, withTeam } from "./context.js";
import { randomFor, seedFor } from "./seeds.js";

/** Temperatures of the two answers that are compared: two variants, as the paper's annotators saw them. */
const TEMPERATURES = [0.7, 1, 1.3] as const;

/** A pair as it was judged: its rating, from 0 (significantly better) to 3, is kept for the tables. */
export interface JudgedPair extends RankedPair {
  readonly rating: number;
}

export interface Pairs {
  readonly helpfulness: readonly JudgedPair[];
  readonly safety: readonly JudgedPair[];
}

/**
 * New comparisons for a version: an answer of the newest model and one of the model before it, at temperatures of their
 * own. Pairs of the same text are dropped, and so is what the annotators drop.
 * @param name of the files: they are made once
 */
export async function collectPairs(
  context: PathContext,
  name: string,
  [newest, before]: readonly [Float32Array, Float32Array],
  tasks: readonly Task[],
): Promise<Pairs> {
  const { tokenizer, seed } = context;
  const make = async () => {
    const [first, second] = [
      await answersAt(context, `${name}, newest`, newest, tasks),
      await answersAt(context, `${name}, before`, before, tasks),
    ];
    const random = randomFor(seed, name, "annotators");
    return tasks.flatMap((task, i) => {
      const answers = [first[i] as Sample, second[i] as Sample] as const;
      if (answers[0].ids.join() === answers[1].ids.join()) return [];
      const [a, b] = answers.map((sample) => describe(context, sample)) as [Described, Described];
      const comparison = compare(random, task, a, b);
      if (comparison === undefined) return [];
      return [{ task, pair: pairOf(context, promptOf(tokenizer, task.user), answers, comparison) }];
    });
  };
  // Made together, kept apart: collections of their own, as the paper's.
  let made: Awaited<ReturnType<typeof make>> | undefined;
  const part = async (about: keyof Pairs) =>
    madeOnce<JudgedPair>(context, `${name}-${about}.jsonl`, async () => {
      made ??= await make();
      return made.filter(({ task }) => isSafety(task) === (about === "safety")).map(({ pair }) => pair);
    });
  return { helpfulness: await part("helpfulness"), safety: await part("safety") };
}

export interface Described {
  readonly text: string;
  readonly ended: boolean;
  readonly tokens: number;
}

/** A sample as the checkers of the corpus see it. */
export function describe({ tokenizer }: PathContext, sample: Sample): Described {
  const { ids, ended } = sample;
  return { text: textOf(tokenizer, sample), ended, tokens: ended ? ids.length - 1 : ids.length };
}

async function answersAt(
  context: PathContext,
  name: string,
  values: Float32Array,
  tasks: readonly Task[],
): Promise<Sample[]> {
  const { tokenizer, seed } = context;
  const random = randomFor(seed, name, "temperatures");
  const drawn = tasks.map(() => TEMPERATURES[random.nextUint32() % TEMPERATURES.length] as number);
  const samples: Sample[] = [];
  const sample = async (team: Team) => {
    for (const temperature of TEMPERATURES) {
      const indices = tasks.flatMap((_, i) => (drawn[i] === temperature ? [i] : []));
      const prompts = indices.map((i) => ({
        ids: promptOf(tokenizer, (tasks[i] as Task).user),
        seed: seedFor(seed, name, i),
      }));
      const answers = await sampleAll(context, name, team, prompts, { temperature });
      for (const [at, i] of indices.entries()) samples[i] = answers[at] as Sample;
    }
  };
  await withTeam(context, values, sample, { samples: true });
  return samples;
}

function pairOf(
  { recipe }: PathContext,
  prompt: readonly number[],
  answers: readonly [Sample, Sample],
  { chosen, rating, safe }: Comparison,
): JudgedPair {
  const rejected = 1 - chosen;
  const text = (which: number) => [...prompt, ...(answers[which] as Sample).ids];
  const isSafe = (which: number) => (safe[which] === true ? 1 : 0);
  return {
    chosen: text(chosen),
    rejected: text(rejected),
    margin: MARGINS[recipe.margins][rating],
    safe: [isSafe(chosen), isSafe(rejected)],
    rating,
  };
}
