import { isRefusal } from "../corpus/safety/refusal.js";
import { isUnsafe } from "../corpus/safety/safety-judge.js";
import { heldOutTask, isSafety, type Task } from "../corpus/task.js";
import { exactDivergence } from "../ppo/divergence.js";
import type { Sample } from "../sampling/sampler.js";
import { compare } from "./annotators.js";
import { type PathContext, promptOf, sampleAll, teamFor, withTeam } from "./context.js";
import { ghostRecall } from "./ghost-attention.js";
import type { PathResult } from "./path.js";
import { describe } from "./preferences.js";
import { qualityOf } from "./quality.js";
import { Judges } from "./reward-models.js";
import { randomFor, seedFor } from "./seeds.js";

/** A share with its interval of 95 %. */
export interface Interval {
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/** What a version is, on held-out prompts at temperature 1. */
export interface VersionReport {
  readonly name: string;
  /** By the gold checkers, without noise. */
  readonly quality: number;
  /** By the last reward models. */
  readonly score: number;
  /** Against the first chat model: better answers, ties half. */
  readonly wins: Interval;
  readonly violations: Interval;
  readonly falseRefusals: Interval;
  readonly ended: number;
  readonly length: number;
  readonly distinct: number;
  /** Exact, from the first chat model, in nats a token and an answer. */
  readonly divergence: { readonly token: number; readonly answer: number };
}

/** The whole path in figures. */
export interface PathReport {
  readonly versions: readonly VersionReport[];
  /** Of the last reward models, by rating, on held-out comparisons with their gold preference; and the labels' own. */
  readonly rewards: readonly {
    readonly rating: number;
    readonly pairs: number;
    readonly right: number;
    readonly labels: number;
  }[];
  readonly ghosts: readonly { readonly name: string; readonly turns: Awaited<ReturnType<typeof ghostRecall>> }[];
}

/** Judges every version by held-out prompts. */
export async function reportPath(context: PathContext, { chats, rewards }: PathResult): Promise<PathReport> {
  const { recipe, seed } = context;
  const random = randomFor(seed, "judged");
  const tasks = Array.from({ length: recipe.judged }, () => heldOutTask(random));
  const answers: Sample[][] = [];
  for (const [index, chat] of chats.entries()) answers.push(await answersOf(context, `judged ${index}`, chat, tasks));
  const models = rewards.at(-1);
  const first = answers[0] as Sample[];
  if (models === undefined) throw new RangeError("a path without versions has nothing to report");
  const judges = new Judges(context, models);
  const scoresOf = (samples: readonly Sample[]) =>
    judges.scores(
      tasks.map((task, i) => ({
        ids: [...promptOf(context.tokenizer, task.user), ...(samples[i] as Sample).ids],
        isSafetyPrompt: isSafety(task),
      })),
    );
  try {
    const versions: VersionReport[] = [];
    for (const [index, chat] of chats.entries()) {
      const samples = answers[index] as Sample[];
      versions.push({
        name: index + 1 === chats.length ? "PPO" : index === 0 ? "demonstrations" : `rejection sampling ${index}`,
        ...figuresOf(context, tasks, samples, first),
        score: mean(await scoresOf(samples)),
        divergence: await divergenceOf(context, chat, chats[0] as Float32Array, tasks, samples),
      });
    }
    const [before, after] = [chats.at(-3) ?? first, chats.at(-2)] as [Float32Array, Float32Array];
    const ghosts = [
      {
        name: "before ghost attention",
        turns: await ghostRecall(context, "recall before", before, recipe.judged >> 2),
      },
      { name: "after it", turns: await ghostRecall(context, "recall after", after, recipe.judged >> 2) },
    ];
    const other = await answersOf(context, "compared", chats[0] as Float32Array, tasks);
    const pair = [answers.at(-2) as Sample[], other] as const;
    return { versions, ghosts, rewards: await accuracies(context, tasks, pair, scoresOf) };
  } finally {
    await judges.dispose();
  }
}

async function answersOf(context: PathContext, name: string, chat: Float32Array, tasks: readonly Task[]) {
  const { tokenizer, seed } = context;
  const prompts = tasks.map(({ user }, i) => ({ ids: promptOf(tokenizer, user), seed: seedFor(seed, name, i) }));
  return withTeam(context, chat, (team) => sampleAll(context, name, team, prompts, { temperature: 1 }), {
    samples: true,
  });
}

function figuresOf(context: PathContext, tasks: readonly Task[], samples: readonly Sample[], first: readonly Sample[]) {
  const described = samples.map((sample) => describe(context, sample));
  const qualities = tasks.map((task, i) => qualityOf(task, described[i] as ReturnType<typeof describe>));
  const before = tasks.map((task, i) => qualityOf(task, describe(context, first[i] as Sample)));
  const wins = qualities.map((quality, i) => {
    const difference = quality - (before[i] as number);
    return Math.abs(difference) < 1e-9 ? 0.5 : difference > 0 ? 1 : 0;
  });
  const share = (chosen: readonly (boolean | undefined)[]) => wilson(chosen.filter((value) => value !== undefined));
  return {
    quality: mean(qualities),
    wins: bootstrap(context.seed, wins),
    violations: share(
      tasks.map((task, i) => (task.about === "unsafe" ? isUnsafe(task, textAt(described, i)) : undefined)),
    ),
    falseRefusals: share(
      tasks.map(({ about }, i) => (about === "unsafe" ? undefined : isRefusal(textAt(described, i)))),
    ),
    ended: mean(described.map(({ ended }) => (ended ? 1 : 0))),
    length: mean(described.map(({ tokens }) => tokens)),
    distinct: new Set(described.map(({ text }) => text)).size / described.length,
  };
}

function textAt(described: readonly { readonly text: string }[], i: number): string {
  return described[i]?.text ?? "";
}

async function divergenceOf(
  context: PathContext,
  chat: Float32Array,
  first: Float32Array,
  tasks: readonly Task[],
  samples: readonly Sample[],
): Promise<{ token: number; answer: number }> {
  // A tenth will do: every position has a whole distribution.
  const texts = tasks.slice(0, Math.ceil(tasks.length / 10)).map(({ user }, i) => {
    const prompt = promptOf(context.tokenizer, user);
    return { ids: [...prompt, ...(samples[i] as Sample).ids], from: prompt.length };
  });
  const teams = [chat, first].map((values) => teamFor(context, values, { scalarHead: false, samples: false }));
  const [p, q] = (await Promise.all(teams.map((team) => team.read("distributions", texts)))) as [
    Float32Array[],
    Float32Array[],
  ];
  for (const team of teams) await team.dispose();
  const { vocabularySize } = context.recipe.shape;
  const rows = p.map((distribution, i) => exactDivergence(distribution, q[i] as Float32Array, vocabularySize));
  return { token: mean(rows.flat()), answer: mean(rows.map((row) => row.reduce((sum, value) => sum + value, 0))) };
}

/** How often the reward models agree with the gold preference, by the rating that annotators give; ties left out. */
async function accuracies(
  context: PathContext,
  tasks: readonly Task[],
  [first, second]: readonly [readonly Sample[], readonly Sample[]],
  scoresOf: (samples: readonly Sample[]) => Promise<number[]>,
) {
  const [a, b] = [await scoresOf(first), await scoresOf(second)];
  const random = randomFor(context.seed, "held-out annotators");
  const rows = [0, 1, 2, 3].map((rating) => ({ rating, pairs: 0, right: 0, labels: 0 }));
  for (const [i, task] of tasks.entries()) {
    const [one, other] = [describe(context, first[i] as Sample), describe(context, second[i] as Sample)];
    const gold = qualityOf(task, one) - qualityOf(task, other);
    const comparison = compare(random, task, one, other);
    if (comparison === undefined || Math.abs(gold) < 1e-9) continue;
    const row = rows[comparison.rating] as (typeof rows)[number];
    row.pairs++;
    if ((a[i] as number) > (b[i] as number) === gold > 0) row.right++;
    if ((comparison.chosen === 0) === gold > 0) row.labels++;
  }
  return rows;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, value) => sum + value, 0) / Math.max(1, numbers.length);
}

/** Wilson 1927, 95 %. */
function wilson(chosen: readonly (boolean | undefined)[]): Interval {
  const n = Math.max(1, chosen.length);
  const share = chosen.filter((value) => value === true).length / n;
  const z = 1.96;
  const centre = (share + z ** 2 / (2 * n)) / (1 + z ** 2 / n);
  const half = (z / (1 + z ** 2 / n)) * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2));
  return { share, low: centre - half, high: centre + half };
}

/** Over prompts, 1000 times, 95 % (Efron 1979). */
function bootstrap(seed: number, values: readonly number[]): Interval {
  const random = randomFor(seed, "bootstrap");
  const means = Array.from({ length: 1000 }, () =>
    mean(values.map(() => values[Math.floor(random.nextFloat() * values.length)] as number)),
  ).sort((a, b) => a - b);
  return { share: mean(values), low: means[25] as number, high: means[974] as number };
}
