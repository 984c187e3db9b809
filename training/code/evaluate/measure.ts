import type { Llama } from "#dist/llama.js";
import { Random } from "#dist/random.js";
import { heldOutLoss } from "../../run/run.js";
import type { Split } from "../corpus/task.js";
import type { Order } from "../data/infilling.js";
import { type CodeStream, codeSource } from "../data/streams.js";
import {
  type Ablations,
  remembered,
  type TrainedModel,
  type TrainedModels,
  withExported,
  withTeam,
} from "../pipeline.js";
import type { RunContext } from "../run-stage.js";
import { continueAll, type FillFigures, fillAll } from "./fill.js";
import { drawGap, GAP_KINDS, type GapKind } from "./gaps.js";
import { type CostRow, infillingCost } from "./infilling-cost.js";
import { findKeys, type KeyFigures } from "./keys.js";
import { answer, complete, drawProblems, type PassFigures, passRates, type Solver } from "./solve.js";

/** The seed of all that is held out: no training has it. */
const SEED = 77;

/** A row of the table of gaps. */
export interface FillRow extends FillFigures {
  readonly model: string;
  readonly split: Split;
  readonly kind: GapKind;
  /** Or from left to right. */
  readonly order: Order | "prefix only";
  readonly tokenHealing: boolean;
  readonly stopAtSuffix: boolean;
}

/** How gaps are filled, aside from the order. */
type Way = Pick<FillRow, "tokenHealing" | "stopAtSuffix">;
/** The model says where it ends, or the suffix does, too. */
const ALONE: Way = { tokenHealing: true, stopAtSuffix: false };
const STOPPED: Way = { tokenHealing: true, stopAtSuffix: true };
const UNHEALED: Way = { tokenHealing: false, stopAtSuffix: true };

/** Every model in both orders on held-out functions; the last one without token healing, and on unseen pairs, too. */
export async function measureGaps(context: RunContext, models: readonly TrainedModel[]): Promise<FillRow[]> {
  const rows: FillRow[] = [];
  for (const model of models) {
    const isLast = model === models.at(-1);
    rows.push(
      ...(await fillRows(context, model, "held-out functions", isLast ? [ALONE, STOPPED, UNHEALED] : [ALONE, STOPPED])),
    );
    if (isLast) rows.push(...(await fillRows(context, model, "unseen pairs", [ALONE, STOPPED])));
  }
  return rows;
}

function fillRows(context: RunContext, model: TrainedModel, split: Split, ways: readonly Way[]): Promise<FillRow[]> {
  const { gaps } = context.recipe.evaluation;
  return remembered(context, `gaps, ${model.name}, ${split}`, () =>
    withExported(context, model, "Q8_0", async (llama) => {
      const rows: FillRow[] = [];
      for (const kind of GAP_KINDS) {
        const random = new Random(SEED);
        const tasks = Array.from({ length: gaps }, () => drawGap(random, kind, split));
        const row = { model: model.name, split, kind };
        if (kind !== "random span") {
          const figures = await continueAll(llama, tasks);
          rows.push({ ...row, order: "prefix only", tokenHealing: false, stopAtSuffix: false, ...figures });
        }
        for (const order of ["psm", "spm"] as const) {
          for (const way of ways) {
            rows.push({ ...row, order, ...way, ...(await fillAll(llama, tasks, { order, ...way })) });
            context.say(`gaps · ${JSON.stringify(rows.at(-1))}`);
          }
        }
      }
      return rows;
    }),
  );
}

export interface LossRow {
  readonly model: string;
  /** Nats a token, from left to right. */
  readonly heldOut: number;
  readonly unseen: number;
}

/** Loss on whole programs of held-out functions and of unseen pairs, as the trainer computes it. */
export async function measureLosses(context: RunContext, models: readonly TrainedModel[]): Promise<LossRow[]> {
  const rows: LossRow[] = [];
  for (const model of models) {
    const lossOf = (stream: CodeStream) => lossOn(context, model, stream);
    rows.push(
      await remembered(context, `loss, ${model.name}`, async () => ({
        model: model.name,
        heldOut: await lossOf("held-out functions"),
        unseen: await lossOf("unseen pairs"),
      })),
    );
  }
  return rows;
}

function lossOn(context: RunContext, model: TrainedModel, stream: CodeStream): Promise<number> {
  const { lossSteps } = context.recipe.evaluation;
  return withTeam(context, model, SEED, (team) => heldOutLoss(team, codeSource(stream), lossSteps));
}

/** What gaps in pretraining cost, and in which part of the programs. */
export function measureCost(context: RunContext, without: TrainedModel, withGaps: TrainedModel): Promise<CostRow[]> {
  return remembered(context, "infilling cost", () => infillingCost(context, without, withGaps, SEED));
}

export interface KeyRow extends KeyFigures {
  readonly model: string;
  readonly theta: number;
}

/** With and without training on long contexts, at both thetas. */
export async function measureKeys(
  context: RunContext,
  { pretrained, long }: TrainedModels,
  { oldTheta }: Ablations,
): Promise<KeyRow[]> {
  const { keys, keyLengths } = context.recipe.evaluation;
  const stretched = { ...pretrained, name: "pretrained-new-theta", shape: long.shape };
  const rows: KeyRow[] = [];
  for (const model of [pretrained, stretched, oldTheta, long]) {
    const measure = async (llama: Llama) => {
      const found: KeyRow[] = [];
      for (const length of keyLengths) {
        const figures = await findKeys(llama, length, keys, SEED);
        found.push({ model: model.name, theta: model.shape.ropeTheta, ...figures });
        context.say(`keys · ${JSON.stringify(found.at(-1))}`);
      }
      return found;
    };
    rows.push(
      ...(await remembered(context, `keys, ${model.name}`, () => withExported(context, model, "Q8_0", measure))),
    );
  }
  return rows;
}

export interface PassRow extends PassFigures {
  readonly model: string;
  readonly split: Split;
  readonly asked: "head" | "question";
}

/** The model of long contexts completes heads, the tuned one answers questions as well. */
export async function measurePasses(context: RunContext, { long, tuned }: TrainedModels): Promise<PassRow[]> {
  const { temperature, evaluation } = context.recipe;
  const rows: PassRow[] = [];
  const ways: readonly [TrainedModel, "head" | "question", Solver][] = [
    [long, "head", complete],
    [long, "question", answer],
    [tuned, "head", complete],
    [tuned, "question", answer],
  ];
  for (const split of ["held-out functions", "unseen pairs"] as const) {
    const problems = drawProblems(SEED, split, evaluation.problems);
    for (const [model, asked, solver] of ways) {
      const figures = await remembered(context, `passes, ${model.name}, ${split}, ${asked}`, () =>
        withExported(context, model, "Q8_0", (llama) =>
          passRates(llama, problems, solver, evaluation.samples, temperature),
        ),
      );
      rows.push({ model: model.name, split, asked, ...figures });
      context.say(`passes · ${JSON.stringify(rows.at(-1))}`);
    }
  }
  return rows;
}
