import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { type Example, type RankedPair, readExamples, writeExamples } from "../data/example-file.js";
import type { Shape } from "../network/shape.js";
import { beginningWith, Team } from "../run/team.js";
import { type StageContext, Stopped } from "../run/train-stage.js";
import type { Prompt, Sample } from "../sampling/sampler.js";
import type { RlhfRecipe } from "./recipe.js";

/** What every part of the path is given. */
export interface PathContext extends StageContext {
  readonly recipe: RlhfRecipe;
  readonly tokenizer: Tokenizer;
}

/** How many sequences a worker decodes side by side. */
const LANES = 64;
/** Prompts that are answered between two looks at the clock and the signal. */
const CHUNK = 512;

/** Runs `use` on a team with these parameters, and lets the team go. */
export async function withTeam<T>(
  context: PathContext,
  values: Float32Array,
  use: (team: Team) => Promise<T>,
  { scalarHead = false, samples = false }: { readonly scalarHead?: boolean; readonly samples?: boolean } = {},
): Promise<T> {
  const team = teamFor(context, values, { scalarHead, samples });
  try {
    return await use(team);
  } finally {
    await team.dispose();
  }
}

export function teamFor(
  { recipe, pieces, seed, shardTokens, workers }: PathContext,
  values: Float32Array,
  { scalarHead, samples }: { readonly scalarHead: boolean; readonly samples: boolean },
): Team {
  const shape = scalarHead ? scalarShape(recipe.shape) : recipe.shape;
  const sampling = { lanes: LANES, length: recipe.shape.contextLength };
  return new Team({ shape, pieces, seed, shardTokens, workers, ...(samples && { sampling }) }, beginningWith(values));
}

export function scalarShape(shape: Shape): Shape {
  return { ...shape, scalarHead: true };
}

/** Answers to prompts, with word of how it goes. */
export async function sampleAll(
  context: PathContext,
  name: string,
  team: Team,
  prompts: readonly Prompt[],
  { temperature, mostTokens = context.recipe.longestAnswer }: { temperature: number; mostTokens?: number },
): Promise<Sample[]> {
  const { tokenizer, signal, onProgress } = context;
  const options = { temperature, mostTokens, eos: tokenizer.eosId as number };
  const samples: Sample[] = [];
  for (let first = 0; first < prompts.length; first += CHUNK) {
    if (signal?.aborted === true) throw new Stopped(name);
    samples.push(...(await team.sample(prompts.slice(first, first + CHUNK), options)));
    onProgress(name, samples.length / prompts.length, `${samples.length}/${prompts.length} answers`);
  }
  return samples;
}

/** A file of examples, written if it is not there yet: what was made once is not made again. */
export async function madeOnce<T extends Example | RankedPair>(
  { directory }: PathContext,
  file: string,
  make: () => Promise<readonly T[]>,
): Promise<T[]> {
  const path = join(directory, file);
  if (!existsSync(path)) writeExamples(path, await make());
  return readExamples<T>(path);
}

/** What a sample says, without EOS and the spaces around it. */
export function textOf(tokenizer: Tokenizer, { ids, ended }: Sample): string {
  return tokenizer.decode(ended ? ids.slice(0, -1) : [...ids]).trim();
}
