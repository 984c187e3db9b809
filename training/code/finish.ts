/** Measures what was trained, writes the code model to models/ and its card beside it; what was measured is kept. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureCode } from "./evaluate/all.js";
import { codeModelCard } from "./model-card.js";
import { exportCodeModel, trainAblations, trainCode } from "./pipeline.js";
import { CODE_RECIPE, codeVocabulary } from "./recipe.js";

const { values } = parseArgs({
  options: {
    directory: { type: "string", default: "build/code" },
    workers: { type: "string", default: "2" },
    models: { type: "string", default: "models" },
  },
});
setPriority(15);
const context = {
  recipe: CODE_RECIPE,
  pieces: codeVocabulary(CODE_RECIPE),
  directory: values.directory,
  workers: Number(values.workers),
  say: (line: string) => console.error(line),
};
const models = await trainCode(context);
const path = join(values.models, "tiny-code-llama-Q8_0.gguf");
exportCodeModel(path, context, models.tuned, "Q8_0");
const figures = await measureCode(context, models, await trainAblations(context, models));
writeFileSync(
  join(values.models, "tiny-code-llama.md"),
  codeModelCard({ ...figures, bytes: statSync(path).size, parameters: models.tuned.values.length, tokens: tokensOf() }),
);

/** As the logs have them. */
function tokensOf(): Record<string, number> {
  const stages = ["pretraining", "second-round", "long", "tuning"];
  const last = (stage: string) => {
    const log = readFileSync(join(values.directory, `${stage}.jsonl`), "utf8")
      .trim()
      .split("\n")
      .at(-1);
    return (JSON.parse(log as string) as { tokensSeen: number }).tokensSeen / 1e6;
  };
  return Object.fromEntries(stages.map((stage) => [stage, last(stage)]));
}
