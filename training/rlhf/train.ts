/** Walks the paper's whole path, or goes on where it stopped; Ctrl-C keeps what was done. */
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, setPriority } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { corpusSample } from "../corpus/sample.js";
import { learnVocabulary, tokenizerOf } from "../data/vocabulary.js";
import { rlhfCard } from "../evaluation/card/rlhf-card.js";
import { ParameterLayout } from "../network/parameters.js";
import { Stopped } from "../run/train-stage.js";
import type { PathContext } from "./context.js";
import { readPretrained, walkPath } from "./path.js";
import { Progress } from "./progress.js";
import { publishPath } from "./publish.js";
import { RLHF_RECIPE, recipeLines, scaled } from "./recipe.js";
import { reportPath } from "./report/report.js";

const { values } = parseArgs({
  options: {
    directory: { type: "string", default: "build/rlhf" },
    workers: { type: "string", default: String(Math.min(4, availableParallelism())) },
    scale: { type: "string", default: "1" },
    pretrained: { type: "string" },
  },
});
const { directory } = values;
const workers = Number(values.workers);
if (![1, 2, 4].includes(workers))
  throw new RangeError(`There can be 1, 2 or 4 workers; ${values.workers} were asked for.`);
mkdirSync(directory, { recursive: true });
// Hours of work behind whatever else the machine is there for.
setPriority(15);

const stop = new AbortController();
process.once("SIGINT", () => {
  console.error("Stopping after this step; the same command goes on from there.");
  stop.abort();
});
process.once("SIGTERM", () => stop.abort());

const recipe = scaled(RLHF_RECIPE, Number(values.scale));
const pieces = learnVocabulary(
  corpusSample(recipe.vocabulary.seed, recipe.vocabulary.texts),
  recipe.shape.vocabularySize,
);
const progress = new Progress(recipe);
const { shape, seed, shardTokens } = recipe;
const context: PathContext = {
  recipe,
  pieces,
  tokenizer: tokenizerOf(pieces),
  shape,
  seed,
  shardTokens,
  workers,
  directory,
  signal: stop.signal,
  onProgress(name, done, line) {
    const minutes = progress.minutesLeft(name, done);
    console.error(`${name} ${line}${minutes === undefined ? "" : ` · ${minutes.toFixed(0)} min left`}`);
  },
};

try {
  const pretrained =
    values.pretrained === undefined ? undefined : readPretrained(values.pretrained, new ParameterLayout(shape).size);
  const result = await walkPath(context, pretrained);
  await publishPath(context, result);
  const report = await reportPath(context, result);
  writeFileSync(join(directory, "report.json"), `${JSON.stringify(report, null, 2)}\n`);
  const { markdown, plots } = rlhfCard({ ...report, recipe: recipeLines(recipe) });
  writeFileSync(join(directory, "card.md"), markdown);
  for (const [name, plot] of Object.entries(plots)) writeFileSync(join(directory, name), plot);
  console.log(markdown);
} catch (error) {
  if (!(error instanceof Stopped)) throw error;
  console.error(error.message);
  process.exitCode = 130;
}
