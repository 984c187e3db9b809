import type { Piece } from "../data/vocabulary.js";
import { trainStage, type Watch } from "../run/train-stage.js";
import type { Stage } from "../stages/stage.js";
import type { CodeRecipe } from "./recipe.js";

export interface RunContext {
  readonly recipe: CodeRecipe;
  readonly pieces: readonly Piece[];
  /** Where checkpoints and logs are. */
  readonly directory: string;
  readonly workers: number;
  readonly signal?: AbortSignal;
  /** A line for whoever waits. */
  readonly say: (line: string) => void;
}

/** {@link trainStage}, which says how long it will take. */
export function runStage(
  { recipe, say, ...context }: RunContext,
  name: string,
  stage: Stage,
  start?: Float32Array,
  watch?: Watch,
): Promise<Float32Array> {
  const { seed, shape, shardTokens } = recipe;
  let first: { readonly done: number; readonly at: number } | undefined;
  const onProgress = (_: string, done: number, line: string) => {
    const now = performance.now();
    // What was done before the first line may be an earlier run's.
    const minutes = first && ((1 - done) * (now - first.at)) / (done - first.done) / 60_000;
    first ??= { done, at: now };
    say(`${name} ${line}${minutes === undefined ? "" : ` · ${minutes.toFixed(0)} min left`}`);
  };
  return trainStage({ ...context, seed, shape, shardTokens, onProgress }, name, stage, start, watch);
}
