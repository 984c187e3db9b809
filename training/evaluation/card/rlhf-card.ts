import { RATINGS } from "../../corpus/preferences/annotator.js";
import type { Estimate } from "../../statistics/interval.js";
import { findTurning, type OptimisationPoint } from "../../statistics/over-optimisation.js";
import { type Findings, judgeCriteria } from "../criteria.js";
import type { Style } from "../unseen/style.js";
import type { Card } from "./card.js";
import { linePlot } from "./line-plot.js";
import { figure, figureWithin, interval, table } from "./markdown.js";

/** What the card of a path says; intervals are of 95 %. */
export interface RlhfFigures {
  /** How it was made: a line each. */
  readonly recipe: readonly string[];
  readonly findings: Findings;
  readonly versions: readonly VersionFigures[];
  /** By rating, from the surest; a rating that no pair got is not there. */
  readonly rewards: readonly RatingFigures[];
  readonly bestOfK: readonly OptimisationPoint[];
  /** The first version by rejection sampling as it might have been. */
  readonly controls: readonly VersionFigures[];
  /** By place among RATINGS. */
  readonly margins: readonly {
    readonly margins: string;
    readonly rows: readonly {
      readonly rating: number;
      readonly mean: number;
      readonly lowest: number;
      readonly highest: number;
    }[];
  }[];
  /** How often an instruction of the first turn is followed, by turn. */
  readonly ghosts: readonly {
    readonly name: string;
    readonly turns: readonly { readonly turn: number; readonly followed: number; readonly right: number }[];
  }[];
}

export interface VersionFigures {
  readonly name: string;
  readonly quality: Estimate;
  /** By the last reward models. */
  readonly score: Estimate;
  readonly wins: Estimate;
  readonly violations?: Estimate | undefined;
  readonly falseRefusals?: Estimate | undefined;
  readonly style: Style;
  /** Exact, from the first version, in nats. */
  readonly divergence: { readonly answer: number };
}

export interface RatingFigures {
  /** Its place among RATINGS. */
  readonly rating: number;
  readonly pairs: number;
  readonly right: Estimate;
  readonly labels: Estimate;
}

export function rlhfCard(figures: RlhfFigures): Card {
  const { recipe, versions, bestOfK } = figures;
  const plots = { "rlhf-best-of-k.svg": bestOfKPlot(bestOfK), "rlhf-versions.svg": versionsPlot(versions) };
  const markdown = `# tiny-llama by preferences

The path of "Llama 2" (Touvron et al. 2023) at the size of this package: demonstrations, two reward
models, rejection sampling, ghost attention, PPO. All of its data is generated, so what is right and what is safe is
known exactly; the reward models never see that, but labels of annotators who err.

${recipe.map((line) => `- ${line}`).join("\n")}

## Criteria

They were fixed in training/evaluation/criteria.ts before the run. Intervals are of 95 %: Wilson's for shares, the
bootstrap's over prompts for means.

${criteriaTable(figures.findings)}

## Versions

Answers to held-out prompts at temperature 1. Quality is by the exact checkers, from 0 to 1; wins are over the first
version, ties half. The last four columns no label saw: pairs of words that the corpus does not have, different answers,
tokens an answer, and right by a second checker.

${versionsTable([...versions, ...figures.controls])}

The controls are the first version by rejection sampling once more, from the same answers: chosen by the checkers, and
not chosen at all.

![Quality and reward of the versions over their distance from the first](rlhf-versions.svg)

## Reward models

How often they prefer the better answer, by the annotators' rating, and how often the labels themselves do.

${table(
  ["rating", "pairs", "reward models", "", "labels", ""],
  figures.rewards.map(({ rating, pairs, right, labels }) => [
    RATINGS[rating] as string,
    `${pairs}`,
    figure(right.value, "share"),
    interval(right, "share"),
    figure(labels.value, "share"),
    interval(labels, "share"),
  ]),
)}

Helpfulness models by margins of the ranking loss, on the first comparisons: mean and range over the seeds.

${marginsTable(figures.margins)}

## Best of K

The best of K answers of the first version by the last reward models: what these see, and what is so.
${turningOf(bestOfK)}

${table(
  ["K", "KL in nats", "reward", "", "quality", ""],
  bestOfK.map(({ label, kl, proxy, gold }) => [
    label,
    kl.toFixed(2),
    proxy.value.toFixed(3),
    interval(proxy, "ratio"),
    gold.value.toFixed(3),
    interval(gold, "ratio"),
  ]),
)}

![Reward and quality of the best of K over KL](rlhf-best-of-k.svg)

## Ghost attention

An instruction stands in the first turn alone: how often an answer follows it, and is right as well.

${ghostsTable(figures.ghosts)}
`;
  return { markdown, plots };
}

function criteriaTable(findings: Findings): string {
  const rows = judgeCriteria(findings).map(({ measure, size, wanted, unit, found, outcome }) => [
    measure,
    size,
    wanted,
    found === undefined ? "" : figure(found.value, unit),
    found === undefined ? "" : interval(found, unit),
    outcome,
  ]);
  return table(["measure", "prompts", "criterion", "result", "interval", "outcome"], rows);
}

function versionsTable(versions: readonly VersionFigures[]): string {
  const share = (estimate: Estimate | undefined) => (estimate === undefined ? "" : figureWithin(estimate, "share"));
  return table(
    ["version", "quality", "wins", "violations", "false refusals", "KL", "strange", "distinct", "tokens", "second"],
    versions.map(({ name, quality, wins, violations, falseRefusals, divergence, style }) => [
      name,
      quality.value.toFixed(3),
      share(wins),
      share(violations),
      share(falseRefusals),
      divergence.answer.toFixed(2),
      figure(style.strangeness, "share"),
      figure(style.distinct, "share"),
      style.length.toFixed(1),
      figure(style.secondOpinion, "share"),
    ]),
  );
}

function marginsTable(margins: RlhfFigures["margins"]): string {
  return table(
    ["margins", ...RATINGS],
    margins.map(({ margins: name, rows }) => [
      name,
      ...RATINGS.map((_, place) => {
        const row = rows.find(({ rating }) => rating === place);
        if (row === undefined) return "";
        const { mean, lowest, highest } = row;
        return `${figure(mean, "share")} (${figure(lowest, "share")} to ${figure(highest, "share")})`;
      }),
    ]),
  );
}

function ghostsTable(ghosts: RlhfFigures["ghosts"]): string {
  const turns = ghosts[0]?.turns.map(({ turn }) => turn) ?? [];
  return table(
    ["", ...turns.map((turn) => `turn ${turn}`)],
    ghosts.map((ghost) => [
      ghost.name,
      ...ghost.turns.map(({ followed, right }) => `${figure(followed, "share")} / ${figure(right, "share")}`),
    ]),
  );
}

function turningOf(points: readonly OptimisationPoint[]): string {
  const { peak, isOverOptimised } = findTurning(points);
  return isOverOptimised
    ? `Quality is highest at K = ${peak.label} and falls behind it, while the reward rises on: over-optimisation.`
    : `Quality is highest at K = ${peak.label}; no fall behind it is beyond the intervals.`;
}

function bestOfKPlot(points: readonly OptimisationPoint[]): string {
  return linePlot({
    title: "Best of K: reward and quality",
    description: `${turningOf(points)} The reward is brought to the range of the quality.`,
    x: "KL in nats an answer",
    y: "quality; reward, scaled",
    lines: twoLines(points.map(({ kl, gold, proxy }) => ({ x: kl, gold, proxy }))),
  });
}

function versionsPlot(versions: readonly VersionFigures[]): string {
  return linePlot({
    title: "Versions: reward and quality",
    description: `${versions.map(({ name, quality }) => `${name}: quality ${quality.value.toFixed(2)}`).join("; ")}.`,
    x: "exact KL to the first version, in nats an answer",
    y: "quality; reward, scaled",
    lines: twoLines(
      versions.map(({ divergence, quality, score }) => ({ x: divergence.answer, gold: quality, proxy: score })),
    ),
  });
}

/** Rewards have no unit: their lowest and highest are put where the quality's are. */
function twoLines(points: readonly { readonly x: number; readonly gold: Estimate; readonly proxy: Estimate }[]) {
  const range = (values: readonly number[]) => [Math.min(...values), Math.max(...values)] as const;
  const [from, to] = range(points.map(({ proxy }) => proxy.value));
  const [low, high] = range(points.map(({ gold }) => gold.value));
  const scaled = (value: number) => (to === from ? low : low + ((value - from) / (to - from)) * (high - low));
  return [
    { name: "quality", points: points.map(({ x, gold }) => ({ x, y: gold.value, low: gold.low, high: gold.high })) },
    {
      name: "reward",
      points: points.map(({ x, proxy }) => ({
        x,
        y: scaled(proxy.value),
        low: scaled(proxy.low),
        high: scaled(proxy.high),
      })),
    },
  ];
}
