import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { Stage } from "../stages/stage.js";
import { type RunOptions, train } from "./run.js";
import type { TeamOptions } from "./team.js";

/** What all stages of a path have in common. */
export interface StageContext extends Omit<TeamOptions, "sampling"> {
  /** Where checkpoints, logs and examples are. */
  readonly directory: string;
  readonly signal?: AbortSignal;
  /** Hears of a stage now and then: how much of it is done, from 0 to 1. */
  readonly onProgress: (name: string, done: number, line: string) => void;
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
): Promise<Float32Array> {
  const { directory, onProgress, signal, ...team } = context;
  const options: RunOptions = {
    ...team,
    directory,
    stages: [stage],
    checkpoint: join(directory, `${name}.bin`),
    checkpointEvery: 50,
    onStep(report) {
      const { steps } = stage.schedule;
      if ((report.step + 1) % 10 !== 0 && report.step + 1 !== steps) return;
      appendFileSync(join(directory, `${name}.log.jsonl`), `${JSON.stringify(report)}\n`);
      onProgress(name, (report.step + 1) / steps, `${report.step + 1}/${steps} · loss ${report.loss.toFixed(3)}`);
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
