import { readCheckpoint, writeCheckpoint } from "./checkpoint.js";
import type { StreamName } from "./documents.js";
import { learningRate, type Schedule } from "./schedule.js";
import { Team, type TeamOptions } from "./team.js";

/** A part of the training: what is learned, and at which rates. */
export interface Phase {
  readonly stream: StreamName;
  /** The step of the stream that it begins with: what an earlier phase has read is not read again. */
  readonly from: number;
  readonly schedule: Schedule;
}

/** What is told of a step: a line of the loss log. */
export interface StepReport {
  readonly phase: number;
  /** From 0. */
  readonly step: number;
  readonly stream: StreamName;
  /** Mean over the weighted tokens, in nats. */
  readonly loss: number;
  readonly rate: number;
  readonly gradientNorm: number;
  readonly tokensSeen: number;
}

export interface RunOptions extends TeamOptions {
  readonly phases: readonly Phase[];
  readonly checkpoint: string;
  /** Steps between two checkpoints. */
  readonly checkpointEvery: number;
  readonly onStep?: (report: StepReport, team: Team) => void | Promise<void>;
  /** Ends the run after the step that is under way, with a checkpoint. */
  readonly signal?: AbortSignal;
}

/**
 * Trains through all phases, or on from the checkpoint: the parameters are the same, bit for bit, however often the
 * run was interrupted. The team is the caller's to dispose of; `finished` is false after an abort.
 */
export async function train(options: RunOptions): Promise<{ team: Team; finished: boolean; tokensSeen: number }> {
  const { phases, checkpoint, signal } = options;
  const recipe = recipeOf(options);
  const saved = readCheckpoint(checkpoint, recipe);
  const team = new Team(options, saved?.state);
  let tokensSeen = saved?.progress.tokensSeen ?? 0;
  for (const [phase, { stream, from, schedule }] of phases.entries()) {
    if (phase < (saved?.progress.phase ?? 0)) continue;
    const first = phase === saved?.progress.phase ? saved.progress.step : 0;
    if (first === 0) team.forgetMoments();
    for (let step = first; step < schedule.steps; step++) {
      const rate = learningRate(schedule, step);
      const { loss, weight, tokens, gradientNorm } = await team.step({
        stream,
        step: from + step,
        learning: { rate, update: step + 1 },
      });
      tokensSeen += tokens;
      await options.onStep?.({ phase, step, stream, loss: loss / weight, rate, gradientNorm, tokensSeen }, team);
      const isLast = step + 1 === schedule.steps;
      if (isLast || signal?.aborted === true || (step + 1) % options.checkpointEvery === 0) {
        writeCheckpoint(checkpoint, { recipe, phase, step: step + 1, tokensSeen }, team.state);
      }
      if (signal?.aborted === true) return { team, finished: false, tokensSeen };
    }
  }
  return { team, finished: true, tokensSeen };
}

/** The mean loss over some steps of a held-out stream, in nats a weighted token. */
export async function heldOutLoss(team: Team, stream: StreamName, steps: number): Promise<number> {
  let loss = 0;
  let weight = 0;
  for (let step = 0; step < steps; step++) {
    const result = await team.step({ stream, step });
    loss += result.loss;
    weight += result.weight;
  }
  return loss / weight;
}

/** All that decides the result. The number of workers does not. */
function recipeOf({ shape, pieces, seed, shardTokens, phases }: RunOptions): string {
  return JSON.stringify({ shape, seed, shardTokens, phases, pieces: pieces.map(({ text }) => text).join(" ") });
}
