import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Llama } from "#dist/llama.js";
import { ParameterLayout } from "../network/parameters.js";
import type { Shape } from "../network/shape.js";
import { type ExportType, exportModel } from "../publish/export.js";
import { startFrom } from "../publish/import.js";
import { beginningWith, Team } from "../run/team.js";
import type { CodeStream } from "./data/streams.js";
import { learningCurve } from "./learning-curve.js";
import { longShape, longStage, pretrainingStage, tuningStage } from "./recipe.js";
import { type RunContext, runStage } from "./run-stage.js";
import { type SelfInstruct, selfInstruct } from "./self-instruct.js";

/** The parameters after a stage. */
export interface TrainedModel {
  readonly name: string;
  readonly shape: Shape;
  readonly values: Float32Array;
}

/** What there is when all stages are done. */
export interface TrainedModels {
  readonly pretrained: TrainedModel;
  readonly long: TrainedModel;
  readonly tuned: TrainedModel;
  readonly selfInstruct: SelfInstruct;
}

/**
 * All stages of "Code Llama" (Rozière et al. 2023) in their order: pretraining with gaps, long contexts, instructions
 * whose answers the model wrote itself. What was done before is not done again.
 */
export async function trainCode(context: RunContext): Promise<TrainedModels> {
  const { recipe } = context;
  const shape = longShape(recipe, recipe.longTheta);
  const values = await pretrain(context, "pretraining", "pretraining");
  const pretrained = { name: "pretrained", shape: recipe.shape, values };
  const long = { name: "long", shape, values: await runStage(context, "long", longStage(recipe), values) };
  const asked = await remembered(context, "instructions", () =>
    withExported(context, long, "F32", (llama) => selfInstruct(llama, recipe, context.say)),
  );
  const tuning = tuningStage(recipe, asked.instructions);
  const tuned = { name: "tuned", shape, values: await runStage(context, "tuning", tuning, long.values) };
  return { pretrained, long, tuned, selfInstruct: asked };
}

function pretrain(context: RunContext, name: string, stream: CodeStream): Promise<Float32Array> {
  const stage = pretrainingStage(context.recipe, stream);
  return runStage(context, name, stage, beginning(context), learningCurve(context, name));
}

function beginning({ recipe, pieces }: RunContext): Float32Array | undefined {
  return recipe.start === undefined ? undefined : startFrom(recipe.start, recipe.shape, pieces);
}

/** Models that are made to be compared with. */
export interface Ablations {
  /** Pretraining without gaps. */
  readonly withoutGaps: TrainedModel;
  /** Long contexts at the theta of pretraining. */
  readonly oldTheta: TrainedModel;
}

export async function trainAblations(context: RunContext, { pretrained }: TrainedModels): Promise<Ablations> {
  const { recipe } = context;
  const { shape } = recipe;
  const stage = longStage(recipe, shape.ropeTheta);
  return {
    withoutGaps: { name: "without-gaps", shape, values: await pretrain(context, "without-gaps", "left to right") },
    oldTheta: {
      name: "long-old-theta",
      shape: longShape(recipe, shape.ropeTheta),
      values: await runStage(context, "long-old-theta", stage, pretrained.values),
    },
  };
}

/** Something that takes long and is kept in a file, so that it is done once. */
export async function remembered<T>({ directory }: RunContext, name: string, compute: () => Promise<T>): Promise<T> {
  const path = join(directory, `${name}.json`);
  if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8")) as T;
  const result = await compute();
  writeFileSync(path, JSON.stringify(result));
  return result;
}

/** Writes a model as a file. */
export function exportCodeModel(path: string, { pieces }: RunContext, model: TrainedModel, type: ExportType): void {
  const name = "Tiny Code Llama of the llama2 package";
  // As the card's table has it: it now and then goes on into the suffix, and fills better where that stands first.
  exportModel(path, new ParameterLayout(model.shape), model.values, pieces, type, name, [
    ["infill.order", { type: "string", value: "spm" }],
    ["infill.stop_at_suffix", { type: "bool", value: true }],
  ]);
}

/** Does something with a model in the trainer. @param seed of the texts that are drawn */
export async function withTeam<T>(
  { recipe, pieces, workers }: RunContext,
  { shape, values }: TrainedModel,
  seed: number,
  use: (team: Team) => Promise<T>,
): Promise<T> {
  const { shardTokens } = recipe;
  const team = new Team({ shape, pieces, seed, shardTokens, workers }, beginningWith(values));
  try {
    return await use(team);
  } finally {
    await team.dispose();
  }
}

/** Does something with a model in the product's own engine. */
export async function withExported<T>(
  context: RunContext,
  model: TrainedModel,
  type: ExportType,
  use: (llama: Llama) => Promise<T>,
): Promise<T> {
  const path = join(context.directory, `${model.name}-${type}.gguf`);
  exportCodeModel(path, context, model, type);
  // Contexts go beyond what was learned where keys are looked for; two threads gain nothing at this size.
  const llama = await Llama.load(path, { threads: 1, contextSize: 2 * context.recipe.longContext + 64 });
  try {
    return await use(llama);
  } finally {
    await llama.dispose();
  }
}
