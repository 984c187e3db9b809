import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Piece } from "../data/vocabulary.js";
import { type StepReport, train } from "../run/run.js";
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

/**
 * Trains one stage, or goes on with it, or does nothing where it is done; its parameters.
 * @param name of its checkpoint and its log
 * @throws Error where it was stopped, which says so
 */
export async function runStage(
  context: RunContext,
  name: string,
  stage: Stage,
  start?: Float32Array,
): Promise<Float32Array> {
  const { recipe, pieces, directory, workers, signal, say } = context;
  mkdirSync(directory, { recursive: true });
  const begun = performance.now();
  let done = 0;
  const onStep = (report: StepReport) => {
    done++;
    if ((report.step + 1) % 10 !== 0 && report.step + 1 < stage.schedule.steps) return;
    appendFileSync(join(directory, `${name}.jsonl`), `${JSON.stringify(report)}\n`);
    const left = stage.schedule.steps - report.step - 1;
    const minutes = (left * (performance.now() - begun)) / done / 60_000;
    const loss = `loss ${report.loss.toFixed(3)}`;
    say(`${name} ${report.step + 1}/${stage.schedule.steps} · ${loss} · ${minutes.toFixed(0)} min left`);
  };
  const { team, finished } = await train({
    seed: recipe.seed,
    shape: recipe.shape,
    shardTokens: recipe.shardTokens,
    pieces,
    workers,
    stages: [stage],
    checkpoint: join(directory, `${name}.bin`),
    checkpointEvery: 50,
    onStep,
    ...(signal && { signal }),
    ...(start && { start }),
  });
  const values = team.state.values.slice();
  await team.dispose();
  if (!finished) throw new Error(`Stopped in ${name}; the same command goes on from there.`);
  return values;
}
