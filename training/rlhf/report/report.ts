import { heldOutTask, isSafety } from "../../corpus/task.js";
import type { Findings } from "../../evaluation/criteria.js";
import { Bigrams } from "../../evaluation/unseen/bigrams.js";
import { bestOfKCurve, findTurning, type OptimisationPoint } from "../../statistics/over-optimisation.js";
import type { PathContext } from "../context.js";
import { ghostRecall } from "../ghost-attention.js";
import type { PathResult } from "../path.js";
import { readPairs } from "../preferences.js";
import { Judges } from "../reward-models.js";
import { randomFor } from "../seeds.js";
import { answer, type Judged } from "./answers.js";
import { trainControls } from "./controls.js";
import { findAll } from "./findings.js";
import { ablateMargins, type MarginFigures } from "./margin-ablation.js";
import { measureModels } from "./measures.js";
import { type RatingAccuracy, rewardAccuracy } from "./reward-accuracy.js";
import { reportVersion, type VersionReport } from "./versions.js";

/** The whole path in figures. */
export interface PathReport {
  readonly versions: readonly VersionReport[];
  /** Of the last reward models. */
  readonly rewards: readonly RatingAccuracy[];
  /** The best of K answers of the first chat model, by the last reward models: what they see, and what is so. */
  readonly bestOfK: readonly OptimisationPoint[];
  readonly isOverOptimised: boolean;
  /** What the criteria ask for. */
  readonly findings: Findings;
  /** The first version by rejection sampling as it might have been. */
  readonly controls: readonly VersionReport[];
  readonly margins: readonly MarginFigures[];
  readonly ghosts: readonly { readonly name: string; readonly turns: Awaited<ReturnType<typeof ghostRecall>> }[];
}

/** Texts of the corpus, a prompt, from which the pairs of words come that are not strange. */
const GRAMMAR_TEXTS = 20;

/** Judges every version by the same held-out prompts. */
export async function reportPath(context: PathContext, { chats, rewards }: PathResult): Promise<PathReport> {
  const { recipe, seed } = context;
  const models = rewards.at(-1);
  const [first, tuned, ghostless] = [chats[0], chats.at(-2), chats.at(-3)];
  if (models === undefined || first === undefined || tuned === undefined || ghostless === undefined) {
    throw new RangeError("a path without versions has nothing to report");
  }
  const random = randomFor(seed, "judged");
  const tasks = Array.from({ length: recipe.judged }, () => heldOutTask(random));
  const judged: Judged[][] = [];
  for (const [index, chat] of chats.entries()) judged.push(await answer(context, `judged ${index}`, chat, tasks));
  const compared = await answer(context, "compared", first, tasks);
  const most = Math.max(...recipe.bestOf);
  const many = await answer(context, "best of K", first, tasks.slice(0, Math.ceil(recipe.judged * 0.3)), {
    count: most,
  });

  const judges = new Judges(context, models);
  const scoresOf = (list: readonly Judged[]) =>
    judges.scores(list.map(({ ids, task }) => ({ ids, isSafetyPrompt: isSafety(task) })));
  const scores: number[][] = [];
  for (const list of judged) scores.push(await scoresOf(list));
  const comparedScores = await scoresOf(compared);
  const manyScores = await scoresOf(many);

  const bigrams = Bigrams.ofCorpus(seed, GRAMMAR_TEXTS * recipe.judged);
  const versions: VersionReport[] = [];
  for (const [index, chat] of chats.entries()) {
    const name = index === 0 ? "demonstrations" : index + 1 < chats.length ? `rejection sampling ${index}` : "PPO";
    const answers = [judged[index] as Judged[], judged[0] as Judged[]] as const;
    versions.push(await reportVersion(context, name, [chat, first], answers, scores[index] as number[], bigrams));
  }
  const points = many.map(({ quality }, i) => ({ proxy: manyScores[i] as number, gold: quality }));
  const groups = Array.from({ length: many.length / most }, (_, i) => points.slice(i * most, (i + 1) * most));
  const bestOfK = bestOfKCurve(groups, recipe.bestOf);
  const controls: VersionReport[] = [];
  for (const { name, chat } of await trainControls(context, first)) {
    const answers = await answer(context, "judged 1", chat, tasks);
    controls.push(
      await reportVersion(
        context,
        name,
        [chat, first],
        [answers, judged[0] as Judged[]],
        await scoresOf(answers),
        bigrams,
      ),
    );
  }
  await judges.dispose();
  const dialogues = Math.ceil(recipe.judged / 4);
  const ratings = rewardAccuracy(
    context,
    [judged.at(-2) as Judged[], compared],
    [scores.at(-2) as number[], comparedScores],
  );
  return {
    versions,
    rewards: ratings,
    findings: {
      ...findAll({ versions, ratings, judged, groups, bestOfK }),
      ...(await measureModels(context, [first, chats.at(-1) as Float32Array], models)),
    },
    bestOfK,
    controls,
    margins: await ablateMargins(context, first, readPairs(context, 1), [judged.at(-2) as Judged[], compared]),
    isOverOptimised: findTurning(bestOfK).isOverOptimised,
    ghosts: [
      { name: "before ghost attention", turns: await ghostRecall(context, "recall", ghostless, dialogues) },
      { name: "after it", turns: await ghostRecall(context, "recall", tuned, dialogues) },
    ],
  };
}
