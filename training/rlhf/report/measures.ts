import { checkAnswer } from "../../corpus/answer-checker.js";
import { isRefusal } from "../../corpus/safety/refusal.js";
import { isUnsafe } from "../../corpus/safety/safety-judge.js";
import {
  type HelpfulQuestion,
  heldOutBorderline,
  heldOutQuestions,
  heldOutRequests,
  type Task,
} from "../../corpus/task.js";
import { documentsOf } from "../../data/documents.js";
import { answeredIds, promptOf } from "../../data/turn.js";
import { exactly, type Findings } from "../../evaluation/criteria.js";
import { startFrom } from "../../publish/import.js";
import type { Text } from "../../sampling/reader.js";
import { bootstrapMean } from "../../statistics/bootstrap.js";
import { type Estimate, wilson } from "../../statistics/interval.js";
import { discordant, mcnemar } from "../../statistics/mcnemar.js";
import { type PathContext, teamFor, withTeam } from "../context.js";
import type { RewardModels } from "../reward-models.js";
import { randomFor } from "../seeds.js";
import { answer, type Judged } from "./answers.js";

/** Shares of the prompts that a version is judged on, which the criteria give for 1000. */
const SIZES = { requests: 0.4, borderline: 0.3, texts: 0.1 };

/** What the criteria ask for with prompts of their own: of the first model and the last one. */
export async function measureModels(
  context: PathContext,
  [first, last]: readonly [Float32Array, Float32Array],
  models: RewardModels,
): Promise<Findings> {
  const { recipe, seed } = context;
  const count = (share: number) => Math.ceil(recipe.judged * share);
  const random = randomFor(seed, "criteria");
  const questions = heldOutQuestions(random, recipe.judged);
  const borderline = heldOutBorderline(random, count(SIZES.borderline));
  const requestsOf = (unseen: "deed" | "wording" | "danger") =>
    heldOutRequests(random, Math.min(count(SIZES.requests), MOST_REQUESTS[unseen]), unseen);
  const violationsOf = async (unseen: "deed" | "wording" | "danger") =>
    share(
      (await answer(context, `violations, ${unseen}`, last, requestsOf(unseen))).map(
        ({ task, answer: { text } }) => task.about === "unsafe" && isUnsafe(task, text),
      ),
    );
  const refusalsOf = async (name: string, tasks: readonly Task[]) =>
    share((await answer(context, name, last, tasks)).map((judged) => isRefusal(judged.answer.text)));
  return {
    ...(await rightAnswers(context, [first, last], questions)),
    violations: await violationsOf("deed"),
    unseenWording: await violationsOf("wording"),
    unseenDanger: await violationsOf("danger"),
    falseRefusals: await refusalsOf("false refusals", questions),
    borderline: await refusalsOf("borderline", borderline),
    ...(await perplexities(context, [first, last], questions.slice(0, count(SIZES.texts)))),
    ownTest: await ownTest(context, [first, last], models, [
      questions.slice(0, count(SIZES.requests)),
      requestsOf("deed"),
    ]),
  };
}

/** Few phrasings are held out, so few requests are that differ in nothing else. */
const MOST_REQUESTS = { deed: 400, wording: 400, danger: 300 };

/** At temperature 0, word for word, in pairs: how many more are right, and which kinds fell. */
async function rightAnswers(
  context: PathContext,
  chats: readonly [Float32Array, Float32Array],
  questions: readonly HelpfulQuestion[],
): Promise<Findings> {
  const right: boolean[][] = [];
  const { clean: path, shape } = context.recipe;
  const cleanChat = path === undefined ? [] : [startFrom(path, shape, context.pieces)];
  for (const [i, chat] of [...chats, ...cleanChat].entries()) {
    const answers = await answer(context, `right answers ${i}`, chat, questions, { temperature: 0 });
    right.push(answers.map(({ answer: { text } }, at) => checkAnswer(questions[at] as HelpfulQuestion, text)));
  }
  const [before, after, clean] = right as [boolean[], boolean[], boolean[] | undefined];
  const fallen = [...new Set(questions.map(({ kind }) => kind))].filter((kind) => {
    const ofKind = (list: readonly boolean[]) => share(list.filter((_, i) => questions[i]?.kind === kind));
    return ofKind(after).value < ofKind(before).low;
  });
  return {
    right: lead(after, before),
    ...(clean && { clean: lead(after, clean) }),
    mcnemar: exactly(mcnemar(discordant(before, after))),
    skills: exactly(fallen.length),
  };
}

function lead(ours: readonly boolean[], theirs: readonly boolean[]): Estimate {
  return bootstrapMean(ours.map((isRight, i) => Number(isRight) - Number(theirs[i])));
}

/** Of held-out stories and of taught answers, the last model's over the first's. */
async function perplexities(
  context: PathContext,
  chats: readonly [Float32Array, Float32Array],
  questions: readonly HelpfulQuestion[],
): Promise<Findings> {
  const { tokenizer, seed } = context;
  const next = documentsOf("held-out stories", tokenizer, { seed, step: 1_000_000, shard: 0 });
  const stories = questions.map(() => ({ ids: next().ids, from: 1 }));
  const answers = questions.map(({ user, answer: taught }) => ({
    ids: answeredIds(tokenizer, user, taught),
    from: promptOf(tokenizer, user).length,
  }));
  const ratio = async (texts: readonly Text[]) => {
    const fitting = texts.filter(({ ids }) => ids.length <= Math.min(context.shardTokens, context.shape.contextLength));
    const [before, after] = [await lossOf(context, chats[0], fitting), await lossOf(context, chats[1], fitting)];
    return exactly(Math.exp(after - before));
  };
  return { storyPerplexity: await ratio(stories), answerPerplexity: await ratio(answers) };
}

/** In nats a token. */
async function lossOf(context: PathContext, chat: Float32Array, texts: readonly Text[]): Promise<number> {
  const read = await withTeam(context, chat, (team) => team.read("logProbabilities", texts));
  let [sum, tokens] = [0, 0];
  for (const [i, { ids, from }] of texts.entries()) {
    // Behind the last id there is nothing to be expected.
    const asked = (read[i] as Float32Array).subarray(0, ids.length - from);
    for (const logProbability of asked) sum -= logProbability;
    tokens += asked.length;
  }
  return sum / tokens;
}

/** By how much each reward model is better on answers of its own kind than the other one: the smaller lead. */
async function ownTest(
  context: PathContext,
  chats: readonly [Float32Array, Float32Array],
  models: RewardModels,
  [questions, requests]: readonly [readonly Task[], readonly Task[]],
): Promise<Estimate> {
  const leads: number[] = [];
  for (const [name, tasks] of [["helpfulness", questions] as const, ["safety", requests] as const]) {
    const answers = [
      await answer(context, `own test of ${name} 0`, chats[0], tasks),
      await answer(context, `own test of ${name} 1`, chats[1], tasks),
    ] as const;
    const own = await accuracy(context, models[name], answers);
    const other = await accuracy(context, models[name === "safety" ? "helpfulness" : "safety"], answers);
    leads.push(own - other);
  }
  return exactly(Math.min(...leads));
}

/** How often a reward model prefers the better of two answers; equal ones are left out. */
async function accuracy(
  context: PathContext,
  model: Float32Array,
  [first, second]: readonly [readonly Judged[], readonly Judged[]],
): Promise<number> {
  const team = teamFor(context, model, { scalarHead: true, samples: false });
  const [one, other] = [
    await team.scores(first.map(({ ids }) => ids)),
    await team.scores(second.map(({ ids }) => ids)),
  ];
  await team.dispose();
  const differing = first.flatMap(({ quality }, i) => {
    const gold = quality - (second[i] as Judged).quality;
    if (Math.abs(gold) < 1e-9) return [];
    return [(one[i] as number) - (other[i] as number) > 0 === gold > 0];
  });
  return differing.filter(Boolean).length / differing.length;
}

function share(values: readonly boolean[]): Estimate {
  return wilson(values.filter(Boolean).length, values.length);
}
