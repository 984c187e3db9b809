import { createHash } from "node:crypto";
import type { SourceName } from "../data/source.js";
import type { ObjectiveName } from "../objectives/table.js";
import { learningRate } from "../stages/schedule.js";
import type { Stage } from "../stages/stage.js";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.js";
import { beginningWith, type ModelState, Team, type TeamOptions } from "./team.js";

/** What is told of a step: a line of the loss log. */
export interface StepReport {
  /** Counts the stages, and the steps of a stage, from 0. */
  readonly stage: number;
  readonly step: number;
  readonly name: string;
  /** Mean over what had weight, in nats. */
  readonly loss: number;
  readonly rate: number;
  readonly gradientNorm: number;
  readonly tokensSeen: number;
}

export interface RunOptions extends TeamOptions {
  readonly stages: readonly Stage[];
  /** What training begins with, instead of random parameters; moments begin anew. */
  readonly start?: Float32Array;
  readonly checkpoint: string;
  /** Steps between two checkpoints. */
  readonly checkpointEvery: number;
  readonly onStep?: (report: StepReport, team: Team) => void | Promise<void>;
  /** Ends the run after the step that is under way, with a checkpoint. */
  readonly signal?: AbortSignal;
}

/**
 * Trains through all stages, or on from the checkpoint: the parameters are the same, bit for bit, however often the
 * run was interrupted. The team is the caller's to dispose of; `finished` is false after an abort.
 */
export async function train(options: RunOptions): Promise<{ team: Team; finished: boolean; tokensSeen: number }> {
  const { stages, checkpoint, signal } = options;
  const recipe = recipeOf(options);
  const saved = readCheckpoint(checkpoint, recipe);
  let team: Team | undefined;
  let tokensSeen = saved?.progress.tokensSeen ?? 0;
  for (const [index, stage] of stages.entries()) {
    // The last is begun even where it is done: the team is what the caller wants.
    if (index < (saved?.progress.stage ?? 0)) continue;
    const first = index === saved?.progress.stage ? saved.progress.step : 0;
    team = await teamFor(options, stage, team, saved?.state);
    if (first === 0) team.forgetMoments();
    for (let step = first; step < stage.schedule.steps; step++) {
      const report = await takeStep(team, stage, step);
      tokensSeen += report.tokens;
      const { loss, rate, gradientNorm } = report;
      await options.onStep?.({ stage: index, step, name: stage.name, loss, rate, gradientNorm, tokensSeen }, team);
      const isLast = step + 1 === stage.schedule.steps;
      if (isLast || signal?.aborted === true || (step + 1) % options.checkpointEvery === 0) {
        writeCheckpoint(checkpoint, { recipe, stage: index, step: step + 1, tokensSeen }, team.state);
      }
      if (signal?.aborted === true) return { team, finished: false, tokensSeen };
    }
  }
  if (team === undefined) throw new RangeError("a run without stages");
  return { team, finished: true, tokensSeen };
}

async function takeStep(team: Team, { source, from, objective, schedule, epsilon }: Stage, step: number) {
  const rate = learningRate(schedule, step);
  const learning = { rate, update: step + 1, epsilon };
  const { measure, weight, tokens, gradientNorm } = await team.step({ source, step: from + step, objective, learning });
  return { loss: measure.loss / weight, rate, gradientNorm, tokens };
}

/** The team of the stage before, unless this one has another shape: then one that goes on where that ended. */
async function teamFor(options: RunOptions, stage: Stage, before: Team | undefined, saved?: ModelState): Promise<Team> {
  const { shape, shardTokens } = options;
  const wanted = { ...options, shape: { ...shape, ...stage.shape }, shardTokens: stage.shardTokens ?? shardTokens };
  if (before === undefined) return new Team(wanted, saved ?? (options.start && beginningWith(options.start)));
  if (before.fits(wanted)) return before;
  const next = new Team(wanted, before.state);
  await before.dispose();
  return next;
}

/** The mean loss over some steps of a held-out source, in nats by weight. */
export async function heldOutLoss(
  team: Team,
  source: SourceName,
  steps: number,
  objective: ObjectiveName = { name: "cross-entropy" },
): Promise<number> {
  let loss = 0;
  let weight = 0;
  for (let step = 0; step < steps; step++) {
    const result = await team.step({ source, step, objective });
    loss += result.measure.loss;
    weight += result.weight;
  }
  return loss / weight;
}

/** All that decides the result. The number of workers does not. */
function recipeOf({ shape, pieces, seed, shardTokens, stages, start }: RunOptions): string {
  const texts = pieces.map(({ text }) => text).join(" ");
  const begins = start && createHash("sha256").update(new Uint8Array(start.slice().buffer)).digest("hex");
  return JSON.stringify({ shape, seed, shardTokens, stages, begins, pieces: texts });
}
