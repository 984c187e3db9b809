import { join } from "node:path";
import type { Rating } from "../corpus/preferences/annotator.js";
import { MARGINS } from "../corpus/preferences/margins.js";
import { comparePairs, type Pair, type SafetyBin } from "../corpus/preferences/pairs.js";
import { isSafety, type Sample as Said, type Task } from "../corpus/task.js";
import { type RankedPair, readExamples } from "../data/example-file.js";
import { promptOf } from "../data/turn.js";
import type { Team } from "../run/team.js";
import type { Sample } from "../sampling/sampler.js";
import { madeOnce, type PathContext, sampleAll, textOf, withTeam } from "./context.js";
import { randomFor, seedFor } from "./seeds.js";

/** Temperatures of the two answers that are compared: two variants, as the paper's annotators saw them. */
const TEMPERATURES = [0.7, 1, 1.3] as const;

/** A pair as it was judged; rating and gold quality are kept for the tables. */
export interface JudgedPair extends RankedPair {
  readonly rating: Rating;
  readonly gold: number;
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
    const [one, other] = [first, second].map((samples) => samples.map((sample) => describe(context, sample)));
    const random = randomFor(seed, name, "annotators");
    return comparePairs(random, tasks, one as Described[], other as Described[]).pairs;
  };
  // Made together, kept apart: collections of their own, as the paper's.
  let made: Awaited<ReturnType<typeof make>> | undefined;
  const part = async (about: keyof Pairs) =>
    madeOnce<JudgedPair>(context, `${name}-${about}.jsonl`, async () => {
      made ??= await make();
      const own = made.filter(({ task }) => isSafety(task) === (about === "safety"));
      return own.map((pair) => pairOf(context, promptOf(tokenizer, pair.task.user), pair));
    });
  return { helpfulness: await part("helpfulness"), safety: await part("safety") };
}

/** The comparisons of helpfulness that were made for a version. */
export function readPairs({ directory }: PathContext, version: number): JudgedPair[] {
  return readExamples<JudgedPair>(join(directory, `${nameOfPairs(version)}-helpfulness.jsonl`));
}

export function nameOfPairs(version: number): string {
  return `pairs-${version}`;
}

/** A sample as the checkers of the corpus see it, with its ids. */
export interface Described extends Said {
  readonly ids: readonly number[];
}

export function describe({ tokenizer }: PathContext, sample: Sample): Described {
  const { ids, ended } = sample;
  return { ids, text: textOf(tokenizer, sample), ended, tokens: ended ? ids.length - 1 : ids.length };
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

/** Whether the chosen answer and the rejected one are safe. */
const SAFE: Readonly<Record<SafetyBin, readonly [number, number]>> = {
  "only the preferred is safe": [1, 0],
  "both are safe": [1, 1],
  "both are unsafe": [0, 0],
};

function pairOf({ recipe }: PathContext, prompt: readonly number[], pair: Pair): JudgedPair {
  const { rating, gold, bin } = pair;
  // The annotators hand back the very answers that they were given.
  const whole = (said: Said) => [...prompt, ...(said as Described).ids];
  const margin = MARGINS[recipe.margins][rating];
  return { chosen: whole(pair.chosen), rejected: whole(pair.rejected), margin, safe: SAFE[bin], rating, gold };
}
