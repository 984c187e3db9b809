/** Walks the paper's whole path, or goes on where it stopped; Ctrl-C keeps what was done. */
import { writeFileSync } from "node:fs";
import { availableParallelism, setPriority } from "node:os";
import { join } from "node:path";
import { LlamaError } from "#dist/errors.js";
import { corpusSample } from "../corpus/sample.js";
import { learnVocabulary, tokenizerOf } from "../data/vocabulary.js";
import { writeCard } from "../evaluation/card/card.js";
import { rlhfCard } from "../evaluation/card/rlhf-card.js";
import { ParameterLayout } from "../network/parameters.js";
import { stopSignal } from "../run/stop.js";
import { Stopped } from "../run/train-stage.js";
import type { PathContext } from "./context.js";
import { claimDirectory, type RlhfOptions, readOptions } from "./options.js";
import { readPretrained, walkPath } from "./path.js";
import { Progress } from "./progress.js";
import { publishPath } from "./publish.js";
import { recipeLines } from "./recipe.js";
import { reportPath } from "./report/report.js";

// Hours of work behind whatever else the machine is there for.
setPriority(15);

const signal = stopSignal();

try {
  await main(readOptions(process.argv.slice(2), availableParallelism()));
} catch (error) {
  if (!(error instanceof Stopped) && !(error instanceof LlamaError)) throw error;
  console.error(error.message);
  process.exitCode = error instanceof Stopped ? 130 : 1;
}

async function main(options: RlhfOptions): Promise<void> {
  const { directory, workers, recipe } = options;
  const { shape, seed, shardTokens, vocabulary } = recipe;
  const size = new ParameterLayout(shape).size;
  const pretrained = options.pretrained === undefined ? undefined : readPretrained(options.pretrained, size);
  claimDirectory(options);
  const pieces = learnVocabulary(corpusSample(vocabulary.seed, vocabulary.texts), shape.vocabularySize);
  const progress = new Progress(recipe);
  const context: PathContext = {
    recipe,
    pieces,
    tokenizer: tokenizerOf(pieces),
    shape,
    seed,
    shardTokens,
    workers,
    directory,
    signal,
    onProgress(name, done, line) {
      const minutes = progress.minutesLeft(name, done);
      console.error(`${name} ${line}${minutes === undefined ? "" : ` · ${minutes.toFixed(0)} min left`}`);
    },
  };
  const result = await walkPath(context, pretrained);
  await publishPath(context, result);
  const report = await reportPath(context, result);
  writeFileSync(join(directory, "report.json"), `${JSON.stringify(report, null, 2)}\n`);
  const card = rlhfCard({ ...report, recipe: recipeLines(recipe) });
  writeCard(directory, "card.md", card);
  console.log(card.markdown);
}
