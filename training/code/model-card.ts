import { PLACES } from "./evaluate/keys.js";
import type { FillRow, KeyRow, LossRow, PassRow } from "./evaluate/measure.js";
import type { CodeRecipe } from "./recipe.js";

export interface CodeCardFigures {
  readonly recipe: CodeRecipe;
  readonly parameters: number;
  readonly bytes: number;
  /** By stage, in millions. */
  readonly tokens: Readonly<Record<string, number>>;
  readonly gaps: readonly FillRow[];
  readonly losses: readonly LossRow[];
  readonly ablation: readonly LossRow[];
  readonly keys: readonly KeyRow[];
  readonly passes: readonly PassRow[];
  readonly answered: number;
}

/** The model card, in Markdown. */
export function codeModelCard(figures: CodeCardFigures): string {
  const { recipe, gaps } = figures;
  const { shape, evaluation } = recipe;
  const last = gaps.at(-1)?.model ?? "";
  const heldOut = gaps.filter(({ split }) => split === "held-out functions");
  const [withGaps, withoutGaps] = figures.ablation;
  const cost = withGaps && withoutGaps ? withGaps.heldOut / withoutGaps.heldOut - 1 : 0;
  return `# tiny-code-llama

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
  Nine of ten documents have a gap, half in either order (PSM, SPM), cut at any character.
- Licence: the project's.

Held out are functions by what they compute, whatever their wording, and a tenth of the pairs of templates altogether.

## Gaps

Filled greedily by the Q8_0 file; passing means that the program, run by the interpreter, meets its own claims and six
that the model did not see. ${evaluation.gaps} gaps a cell. From left to right means: with the prefix alone, and the indentation and
the number of lines given.

${gapTable(heldOut.filter(({ tokenHealing, order }) => tokenHealing || order === "prefix only"))}

Functions from pairs of templates that were never joined in training, last stage:

${gapTable(gaps.filter(({ split }) => split === "unseen pairs"))}

What token healing does, last stage, held-out functions:

| gap | order | without | with |
| --- | ----- | ------- | ---- |
${healingRows(heldOut.filter(({ model }) => model === last))}

## What infilling costs

A pretraining of ${recipe.ablation.steps} steps, with gaps and without: loss of held-out programs from left to right, in nats a token.

| | held-out functions | unseen pairs |
| - | ------------------ | ------------ |
${lossRows([...figures.ablation, ...figures.losses])}

With gaps it is ${(100 * Math.abs(cost)).toFixed(1)} % ${cost < 0 ? "lower" : "higher"} than without; the paper has less than 1 %, after a million times as many tokens.

## Long contexts

How often of ${evaluation.keys} the key was found, by where it stands in the prompt.

| model | theta | tokens | ${PLACES.join(" | ")} |
| ----- | ----- | ------ | ${PLACES.map(() => "-").join(" | ")} |
${figures.keys
  .map(({ model, theta, tokens, found }) => `| ${model} | ${theta} | ${tokens} | ${found.join(" | ")} |`)
  .join("\n")}

## Functions from nothing

${evaluation.problems} problems, ${evaluation.samples} samples of each at temperature ${recipe.temperature}; a head is the comment and the function's first line, a
question asks for the function. Self-instruct answered ${figures.answered} of ${recipe.questions} questions by itself.

| model | asked by | functions | pass@1 | pass@10 |
| ----- | -------- | --------- | ------ | ------- |
${figures.passes
  .map((row) => `| ${row.model} | ${row.asked} | ${row.split} | ${percent(row.pass1)} | ${percent(row.pass10)} |`)
  .join("\n")}
`;
}

function gapTable(rows: readonly FillRow[]): string {
  const lines = rows.map(
    ({ model, kind, order, exact, passes, asked }) =>
      `| ${model} | ${kind} | ${order === "prefix only" ? "left to right" : order.toUpperCase()} | ${percent(exact / asked)} | ${percent(passes / asked)} |`,
  );
  return ["| model | gap | order | exact | passes |", "| ----- | --- | ----- | ----- | ------ |", ...lines].join("\n");
}

function healingRows(rows: readonly FillRow[]): string {
  return rows
    .filter(({ order, tokenHealing }) => order !== "prefix only" && tokenHealing)
    .map((row) => {
      const without = rows.find((other) => other.kind === row.kind && other.order === row.order && !other.tokenHealing);
      const before = without === undefined ? "" : percent(without.passes / without.asked);
      return `| ${row.kind} | ${row.order.toUpperCase()} | ${before} | ${percent(row.passes / row.asked)} |`;
    })
    .join("\n");
}

function lossRows(rows: readonly LossRow[]): string {
  return rows.map((row) => `| ${row.model} | ${row.heldOut.toFixed(4)} | ${row.unseen.toFixed(4)} |`).join("\n");
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}
