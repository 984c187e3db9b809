import type { SourceName } from "../data/source.js";
import type { Schedule } from "./schedule.js";
import { PAPER_EPSILON, type Stage } from "./stage.js";

/** What the class of safety weighs beside the ranking: the paper prints neither its formula nor its weight. */
export const SAFETY_AUXILIARY = 0.5;

/** Learning to rank pairs, for one epoch: more of them made the paper's models worse. */
export function rewardStage(name: string, source: SourceName, schedule: Schedule, auxiliary = 0): Stage {
  return { name, source, from: 0, objective: { name: "ranking", auxiliary }, schedule, epsilon: PAPER_EPSILON };
}
