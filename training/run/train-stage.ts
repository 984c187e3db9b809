import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { Stage } from "../stages/stage.js";
import { type RunOptions, train } from "./run.js";
import type { Team, TeamOptions } from "./team.js";

/** What all stages of a path have in common. */
export interface StageContext extends Omit<TeamOptions, "sampling"> {
  /** Where checkpoints, logs and examples are. */
  readonly directory: string;
  readonly signal?: AbortSignal;
  /** Hears of a stage now and then: how much of it is done, from 0 to 1. */
  readonly onProgress: (name: string, done: number, line: string) => void;
}

/** Looks at the model in training every so many steps, and at its end; it must leave the parameters alone. */
export interface Watch {
  readonly every: number;
  readonly look: (team: Team, steps: number) => Promise<void>;
}

/** What a path is ended with when it was told to. */
export class Stopped extends Error {
  constructor(name: string) {
    super(`Stopped in ${name}; the same command goes on from there.`);
  }
}

/**
 * Trains one stage, or goes on with it, or does nothing where it is done; its parameters.
 * @param name of its checkpoint, `name.bin`, and its log, `name.log.jsonl`
 * @throws Stopped where it was, after a checkpoint
 */
export async function trainStage(
  context: StageContext,
  name: string,
  stage: Stage,
  start?: Float32Array,
  watch?: Watch,
): Promise<Float32Array> {
  const { directory, onProgress, signal, ...team } = context;
  const options: RunOptions = {
    ...team,
    directory,
    stages: [stage],
    checkpoint: join(directory, `${name}.bin`),
    checkpointEvery: 50,
    async onStep(report, team) {
      const { steps } = stage.schedule;
      const done = report.step + 1;
      const isDue = (every: number) => done % every === 0 || done === steps;
      if (watch !== undefined && isDue(watch.every)) await watch.look(team, done);
      if (!isDue(10)) return;
      appendFileSync(join(directory, `${name}.log.jsonl`), `${JSON.stringify(report)}\n`);
      onProgress(name, done / steps, `${done}/${steps} · loss ${report.loss.toFixed(3)}`);
    },
    ...(signal && { signal }),
    ...(start && { start }),
  };
  const { team: trained, finished } = await train(options);
  const values = trained.state.values.slice();
  await trained.dispose();
  if (!finished) throw new Stopped(name);
  return values;
}
