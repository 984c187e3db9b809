/** Trains the bundled model, or goes on where it stopped; Ctrl-C keeps what was done. */
import { appendFileSync, mkdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { streamNamed } from "../data/documents.js";
import { heldOutLoss, type StepReport, train } from "../run/run.js";
import { stopSignal } from "../run/stop.js";
import type { Team } from "../run/team.js";
import { RECIPE, recipeVocabulary } from "./recipe.js";

const { values } = parseArgs({
  options: { directory: { type: "string", default: "build/bundled" }, workers: { type: "string", default: "2" } },
});
const { directory } = values;
mkdirSync(directory, { recursive: true });

const signal = stopSignal();

const totalSteps = RECIPE.stages.reduce((sum, { schedule }) => sum + schedule.steps, 0);
const begun = performance.now();
let stepsHere = 0;

async function report(step: StepReport, team: Team): Promise<void> {
  stepsHere++;
  const log: Record<string, unknown> = { ...step };
  if ((step.step + 1) % 200 === 0) {
    log["heldOutStories"] = await heldOutLoss(team, streamNamed("held-out stories"), 4);
    log["heldOutDialogues"] = await heldOutLoss(team, streamNamed("held-out dialogues"), 4);
  }
  if ((step.step + 1) % 10 !== 0) return;
  appendFileSync(`${directory}/loss.jsonl`, `${JSON.stringify(log)}\n`);
  const before = RECIPE.stages.slice(0, step.stage).reduce((sum, { schedule }) => sum + schedule.steps, 0);
  const left = totalSteps - before - step.step - 1;
  const minutes = (left * (performance.now() - begun)) / stepsHere / 60000;
  console.error(
    `${step.name} ${step.step + 1}/${RECIPE.stages[step.stage]?.schedule.steps} · loss ${step.loss.toFixed(3)}` +
      ` · ${minutes.toFixed(0)} min left`,
  );
}

const { team, finished } = await train({
  ...RECIPE,
  pieces: recipeVocabulary(),
  workers: Number(values.workers),
  checkpoint: `${directory}/checkpoint.bin`,
  checkpointEvery: 100,
  onStep: report,
  signal,
});
await team.dispose();
process.exitCode = finished ? 0 : 130;
