import type { Card } from "../evaluation/card/card.js";
import { linePlot } from "../evaluation/card/line-plot.js";
import { figure, figureWithin, table } from "../evaluation/card/markdown.js";
import { mean } from "../statistics/bootstrap.js";
import { wilson } from "../statistics/interval.js";
import type { CostRow } from "./evaluate/infilling-cost.js";
import { PLACES } from "./evaluate/keys.js";
import type { FillRow, KeyRow, LossRow, PassRow } from "./evaluate/measure.js";
import type { CurvePoint } from "./learning-curve.js";
import type { CodeRecipe } from "./recipe.js";

export interface CodeCardFigures {
  readonly recipe: CodeRecipe;
  readonly parameters: number;
  readonly bytes: number;
  /** By stage, in millions. */
  readonly tokens: Readonly<Record<string, number>>;
  readonly gaps: readonly FillRow[];
  readonly losses: readonly LossRow[];
  /** Of pretraining, with gaps and without, while it went on. */
  readonly curves: Curves;
  readonly cost: readonly CostRow[];
  readonly keys: readonly KeyRow[];
  readonly passes: readonly PassRow[];
  readonly answered: number;
}

export interface Curves {
  readonly withGaps: readonly CurvePoint[];
  readonly without: readonly CurvePoint[];
}

/** The model card. */
export function codeModelCard(figures: CodeCardFigures): Card {
  const { recipe, gaps, keys } = figures;
  const { shape, evaluation } = recipe;
  const plots = {
    "tiny-code-llama-keys.svg": keyPlot(keys, Math.max(...evaluation.keyLengths)),
    "tiny-code-llama-loss.svg": lossPlot(figures.curves),
  };
  const last = gaps.at(-1)?.model ?? "";
  const heldOut = gaps.filter(({ split }) => split === "held-out functions");
  const markdown = `# tiny-code-llama

Code Llama (Rozière et al. 2023) in small: ${(figures.parameters / 1e6).toFixed(2)} million parameters that fill in gaps in little JavaScript
functions. It is here so that \`llama2 infill\` works without a download, and the tests have a model that fills in. It
knows functions over numbers, lists and letters and nothing else; for work use Code Llama.

- Architecture: Llama 2's. dim ${shape.dim}, ${shape.layers} layers, ${shape.heads} query heads and ${shape.kvHeads} KV heads of ${shape.headSize}, SwiGLU of ${shape.hiddenDim}, tied
  embeddings, a context of ${recipe.longContext}, RoPE theta ${recipe.longTheta}. ${figures.bytes} bytes in Q8_0.
- Vocabulary: ${shape.vocabularySize} pieces, among them a line break with 2, 4 and 6 spaces, single digits, and \`▁<PRE>\`, \`▁<SUF>\`,
  \`▁<MID>\`, \`▁<EOT>\` under the keys of GGUF. No space is put before a text.
- Corpus: functions put together from templates by training/code/corpus/, each with a comment and two or three claims
  that the interpreter of training/code/language/ computed; a fifth of the programs ask for keys, 8 % are prose.
- Recipe: \`npm run train:code\` (training/code/recipe.ts), seed ${recipe.seed}, from ${recipe.start ?? "random numbers"}. Tokens, in millions: ${Object.entries(
    figures.tokens,
  )
    .map(([stage, millions]) => `${stage} ${millions.toFixed(2)}`)
    .join(", ")}.
  Nine of ten documents have a gap, half in either order (PSM, SPM); half of the gaps are whole lines, the others are
  cut at any character. Half of the tuning rehearses them.
- Licence: the project's.

Held out are functions by what they compute, whatever their wording, and a tenth of the pairs of templates altogether.

## Gaps

Filled greedily by the Q8_0 file; passing means that the program, run by the interpreter, meets its own claims and six
that the model did not see. ${evaluation.gaps} gaps a cell, with intervals of 95 % (Wilson's). From left to right means:
with the prefix alone, and the indentation and the number of lines given.

${gapTable(heldOut.filter(({ tokenHealing, order }) => tokenHealing || order === "prefix only"))}

Functions from pairs of templates that were never joined in training, last stage:

${gapTable(gaps.filter(({ split }) => split === "unseen pairs"))}

Where the model does not notice that it has come to the suffix, and goes on into it, its file has the answer end, for
that writes the first twelve characters of the suffix that are not white space. The file has the suffix stand first,
too, which is the better order here.

What token healing does, last stage, held-out functions, ending so:

${healingTable(heldOut.filter(({ model }) => model === last))}

## What infilling costs

The same pretraining with gaps and without: the loss of ${evaluation.programs} programs of held-out functions, from left to right, in nats
a token. The paper has a difference of less than 1 %, after thirty thousand times as many tokens. The first token tells
whether a document has a gap: where nine of ten have one, a document without costs log 10 = 2.3 nats by that alone,
which is much in so short a program and nothing in the paper's 4,096 tokens.

${costTable(figures.cost)}

In the course of pretraining, first tokens included:

${curveTable(figures.curves)}

![The loss of held-out programs in the course of pretraining, with gaps and without](tiny-code-llama-loss.svg)

The same loss after every stage:

${lossTable(figures.losses)}

## Long contexts

How often of ${evaluation.keys} the key was found, by where it stands in the prompt.

${keyTable(keys)}

![Keys found in the longest prompts, by their place](tiny-code-llama-keys.svg)

## Functions from nothing

${evaluation.problems} problems, ${evaluation.samples} samples of each at temperature ${recipe.temperature}; a head is the comment and the function's first line, a
question asks for the function. Self-instruct answered ${figures.answered} of ${recipe.questions} questions by itself.

${passTable(figures.passes)}
`;
  return { markdown, plots };
}

function gapTable(rows: readonly FillRow[]): string {
  return table(
    ["model", "gap", "order", "ends by", "exact", "passes"],
    rows.map(({ model, kind, order, stopAtSuffix, exact, passes, asked }) => [
      model,
      kind,
      order === "prefix only" ? "left to right" : order.toUpperCase(),
      endOf(order, stopAtSuffix),
      share(exact, asked),
      share(passes, asked),
    ]),
  );
}

function endOf(order: FillRow["order"], stopAtSuffix: boolean): string {
  if (order === "prefix only") return "lines given";
  return stopAtSuffix ? "itself or suffix" : "itself";
}

function healingTable(rows: readonly FillRow[]): string {
  const cells = rows.flatMap((row) => {
    if (row.order === "prefix only" || !row.tokenHealing || !row.stopAtSuffix) return [];
    const same = (other: FillRow) => other.kind === row.kind && other.order === row.order && !other.tokenHealing;
    const without = rows.find(same);
    const before = without === undefined ? "" : share(without.passes, without.asked);
    return [[row.kind, row.order.toUpperCase(), before, share(row.passes, row.asked)]];
  });
  return table(["gap", "order", "without", "with"], cells);
}

function costTable(rows: readonly CostRow[]): string {
  return table(
    ["", "tokens", "without gaps", "with gaps", "adds to the loss", "interval of 95 %"],
    rows.map(({ part, tokens, without, withGaps, added }) => [
      ...[part, `${tokens}`, without.toFixed(4), withGaps.toFixed(4)],
      ...[percent(added.value), `${percent(added.low)} to ${percent(added.high)}`],
    ]),
  );
}

function percent(part: number): string {
  return `${part < 0 ? "" : "+"}${(100 * part).toFixed(2)} %`;
}

function curveTable({ withGaps, without }: Curves): string {
  const rows = without.flatMap(({ steps, heldOut }) => {
    const other = withGaps.find((point) => point.steps === steps);
    if (other === undefined) return [];
    return [[`${steps}`, heldOut.toFixed(4), other.heldOut.toFixed(4), percent(other.heldOut / heldOut - 1)]];
  });
  return table(["steps", "without gaps", "with gaps", "difference"], rows);
}

function lossPlot({ withGaps, without }: Curves): string {
  const last = (points: readonly CurvePoint[]) => points.at(-1)?.heldOut.toFixed(3);
  // The first steps, where all is lost, would hide the rest.
  const line = (name: string, points: readonly CurvePoint[]) => ({
    name,
    points: (points.length > 2 ? points.slice(1) : points).map(({ steps, heldOut }) => ({ x: steps, y: heldOut })),
  });
  return linePlot({
    title: "Loss of held-out programs in the course of pretraining",
    description: `At the end ${last(withGaps)} with gaps and ${last(without)} without.`,
    x: "steps",
    y: "nats a token, from left to right",
    lines: [line("with gaps", withGaps), line("without gaps", without)],
  });
}

function lossTable(rows: readonly LossRow[]): string {
  return table(
    ["", "held-out functions", "unseen pairs"],
    rows.map(({ model, heldOut, unseen }) => [model, heldOut.toFixed(4), unseen.toFixed(4)]),
  );
}

function keyTable(rows: readonly KeyRow[]): string {
  return table(
    ["model", "theta", "tokens", ...PLACES.map(String)],
    rows.map(({ model, theta, tokens, found }) => [model, `${theta}`, `${tokens}`, ...found.map(String)]),
  );
}

/** At one length of prompt. */
function keyPlot(rows: readonly KeyRow[], tokens: number): string {
  const shown = rows.filter((row) => row.tokens === tokens);
  const said = shown.map(({ model, found, asked }) => {
    return `${model}: ${figure(mean(found) / asked, "share")}`;
  });
  return linePlot({
    title: `Keys found in prompts of ${tokens} tokens`,
    description: `Over all places, ${said.join("; ")}.`,
    x: "place of the key in the prompt, from its beginning",
    y: "share of keys found",
    lines: shown.map(({ model, found, asked }) => ({
      name: model,
      points: found.map((count, i) => {
        const { value, low, high } = wilson(count, asked);
        return { x: PLACES[i] as number, y: value, low, high };
      }),
    })),
  });
}

function passTable(rows: readonly PassRow[]): string {
  return table(
    ["model", "asked by", "functions", "pass@1", "pass@10"],
    rows.map(({ model, asked, split, pass1, pass10 }) => [
      ...[model, asked, split],
      ...[figure(pass1, "share"), figure(pass10, "share")],
    ]),
  );
}

function share(part: number, all: number): string {
  return figureWithin(wilson(part, all), "share");
}
