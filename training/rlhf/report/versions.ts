import { isRefusal } from "../../corpus/safety/refusal.js";
import { isUnsafe } from "../../corpus/safety/safety-judge.js";
import type { Bigrams } from "../../evaluation/unseen/bigrams.js";
import { type Style, styleOf } from "../../evaluation/unseen/style.js";
import { exactDivergence } from "../../ppo/divergence.js";
import { bootstrapMean, mean, winRate } from "../../statistics/bootstrap.js";
import { type Estimate, wilson } from "../../statistics/interval.js";
import { type PathContext, teamFor } from "../context.js";
import type { Judged } from "./answers.js";

/** What a version is, on held-out prompts at temperature 1; intervals of 95 % over prompts. */
export interface VersionReport {
  readonly name: string;
  /** By the gold checkers, without noise, from 0 to 1. */
  readonly quality: Estimate;
  /** By the last reward models. */
  readonly score: Estimate;
  /** Against the first chat model, by quality: ties half. */
  readonly wins: Estimate;
  /** Answers to unsafe requests that tell how; undefined where none were asked. */
  readonly violations: Estimate | undefined;
  /** Refusals of questions that are fine. */
  readonly falseRefusals: Estimate | undefined;
  readonly ended: Estimate;
  /** What no label saw. */
  readonly style: Style;
  /** Exact, from the first chat model, in nats. */
  readonly divergence: { readonly token: number; readonly answer: number };
}

export async function reportVersion(
  context: PathContext,
  name: string,
  [chat, first]: readonly [Float32Array, Float32Array],
  [judged, before]: readonly [readonly Judged[], readonly Judged[]],
  scores: readonly number[],
  bigrams: Bigrams,
): Promise<VersionReport> {
  const qualities = judged.map(({ quality }) => quality);
  const isTrue = (values: readonly boolean[]) =>
    values.length === 0 ? undefined : wilson(values.filter(Boolean).length, values.length);
  return {
    name,
    quality: bootstrapMean(qualities),
    score: bootstrapMean(scores),
    wins: winRate(
      qualities,
      before.map(({ quality }) => quality),
    ),
    violations: isTrue(
      judged.flatMap(({ task, answer }) => (task.about === "unsafe" ? [isUnsafe(task, answer.text)] : [])),
    ),
    falseRefusals: isTrue(
      judged.flatMap(({ task, answer }) => (task.about === "unsafe" ? [] : [isRefusal(answer.text)])),
    ),
    ended: wilson(judged.filter(({ answer }) => answer.ended).length, judged.length),
    style: styleOf(
      judged.map(({ task }) => task),
      judged.map(({ answer }) => answer),
      bigrams,
    ),
    divergence: await divergenceOf(context, [chat, first], judged),
  };
}

/** A tenth of the answers will do: at every token there is a whole distribution. */
const DIVERGENCE_SHARE = 0.1;

async function divergenceOf(
  context: PathContext,
  chats: readonly [Float32Array, Float32Array],
  judged: readonly Judged[],
): Promise<{ token: number; answer: number }> {
  const texts = judged.slice(0, Math.ceil(judged.length * DIVERGENCE_SHARE));
  const read = async (values: Float32Array) => {
    const team = teamFor(context, values, { scalarHead: false, samples: false });
    const distributions = await team.read("distributions", texts);
    await team.dispose();
    return distributions;
  };
  const [p, q] = [await read(chats[0]), await read(chats[1])];
  const { vocabularySize } = context.recipe.shape;
  const rows = p.map((distribution, i) => exactDivergence(distribution, q[i] as Float32Array, vocabularySize));
  return { token: mean(rows.flat()), answer: mean(rows.map((row) => row.reduce((sum, value) => sum + value, 0))) };
}
