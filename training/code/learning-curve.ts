import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { heldOutLoss } from "../run/run.js";
import type { Watch } from "../run/train-stage.js";
import { codeSource } from "./data/streams.js";
import type { RunContext } from "./run-stage.js";

/** The loss of held-out programs after some steps of a stage, in nats a token, from left to right. */
export interface CurvePoint {
  readonly steps: number;
  readonly heldOut: number;
}

/** Measures the held-out loss while a stage learns, and keeps it beside the stage's checkpoint. */
export function learningCurve({ recipe, directory }: RunContext, name: string): Watch {
  const { lossEvery, lossSteps } = recipe.evaluation;
  return {
    every: lossEvery,
    async look(team, steps) {
      const heldOut = await heldOutLoss(team, codeSource("held-out functions"), lossSteps);
      appendFileSync(pathOf(directory, name), `${JSON.stringify({ steps, heldOut })}\n`);
    },
  };
}

export function readCurve({ directory }: RunContext, name: string): CurvePoint[] {
  const path = pathOf(directory, name);
  if (!existsSync(path)) return [];
  const points = readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as CurvePoint);
  // A stage that was killed repeats the steps behind its checkpoint, with the same result.
  return [...new Map(points.map((point) => [point.steps, point])).values()];
}

function pathOf(directory: string, name: string): string {
  return join(directory, `${name}.curve.jsonl`);
}
