/** Writes the trained model to models/ with its card: figures are measured on the files written. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { Llama } from "#dist/llama.js";
import { ParameterLayout } from "../network/parameters.js";
import { askQuestions, documentPerplexity, learnedStories, sampleStories } from "../publish/evaluate.js";
import { EXPORT_TYPES, type ExportType, exportModel } from "../publish/export.js";
import { readCheckpointOf } from "../run/checkpoint.js";
import { modelCard } from "./model-card.js";
import { RECIPE, recipeVocabulary } from "./recipe.js";

const directory = "build/bundled";
const bundled = "models/tiny-llama-Q8_0.gguf";

const { progress, state } = readCheckpointOf(`${directory}/checkpoint.bin`);
const layout = new ParameterLayout(RECIPE.shape);
const pieces = recipeVocabulary();
mkdirSync("models", { recursive: true });

const perplexities = [];
for (const type of Object.keys(EXPORT_TYPES) as ExportType[]) {
  const path = type === "Q8_0" ? bundled : `${directory}/tiny-llama-${type}.gguf`;
  exportModel(path, layout, state.values, pieces, type);
  const llama = await Llama.load(path);
  const stories = await documentPerplexity(llama, "held-out stories", RECIPE.seed);
  const dialogues = await documentPerplexity(llama, "held-out dialogues", RECIPE.seed);
  perplexities.push({ type, bytes: statSync(path).size, stories, dialogues });
  console.error(type, stories.toFixed(4), dialogues.toFixed(4));
  await llama.dispose();
}

const llama = await Llama.load(bundled);
const learned = await learnedStories(llama, { ...RECIPE, pieces });
const stories = await sampleStories(llama, 200, learned);
console.error(stories);
const dialogues = await askQuestions(llama, 300, RECIPE.seed + 1);
console.error(dialogues);
await llama.dispose();

const lastLoss = JSON.parse(readFileSync(`${directory}/loss.jsonl`, "utf8").trim().split("\n").at(-1) as string);
const figures = {
  recipe: RECIPE,
  parameters: layout.size,
  tokensSeen: progress.tokensSeen,
  lastLoss,
  learned: learned.size,
};
writeFileSync("models/README.md", modelCard({ ...figures, perplexities, stories, dialogues }));
