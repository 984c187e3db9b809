/**
 * Trains the code model and what it is compared with, measures them, and writes model and card; or goes on where it
 * stopped. Ctrl-C keeps what was done.
 */
import { mkdirSync } from "node:fs";
import { setPriority } from "node:os";
import { parseArgs } from "node:util";
import { stopSignal } from "../run/stop.js";
import { finish } from "./finish.js";
import { trainAblations, trainCode } from "./pipeline.js";
import { CODE_RECIPE, codeVocabulary } from "./recipe.js";

const { values } = parseArgs({
  options: {
    directory: { type: "string", default: "build/code" },
    models: { type: "string", default: "models" },
    workers: { type: "string", default: "2" },
  },
});
mkdirSync(values.directory, { recursive: true });
mkdirSync(values.models, { recursive: true });
setPriority(15);

const signal = stopSignal();

const context = {
  recipe: CODE_RECIPE,
  pieces: codeVocabulary(CODE_RECIPE),
  directory: values.directory,
  workers: Number(values.workers),
  signal,
  say: (line: string) => console.error(line),
};
try {
  const models = await trainCode(context);
  await finish(context, models, await trainAblations(context, models), values.models);
} catch (error) {
  if (!signal.aborted) throw error;
  console.error((error as Error).message);
  process.exitCode = 130;
}
