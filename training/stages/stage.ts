import type { SourceName } from "../data/source.js";
import type { Shape } from "../network/shape.js";
import type { ObjectiveName } from "../objectives/table.js";
import type { Schedule } from "./schedule.js";

/** A part of a training run: what is read, what is made of it, and at which rates. Plain data. */
export interface Stage {
  readonly name: string;
  readonly source: SourceName;
  /** The step of the source that it begins with: what an earlier stage has read is not read again. */
  readonly from: number;
  readonly objective: ObjectiveName;
  readonly schedule: Schedule;
  /** AdamW's: 1e-5 in "Llama 2" (Touvron et al. 2023, section 2.2). */
  readonly epsilon: number;
  /** Where the stage has its own: longer contexts at another theta, and the larger shards that they want. */
  readonly shape?: Partial<Pick<Shape, "contextLength" | "ropeTheta">>;
  readonly shardTokens?: number;
}

/** AdamW's epsilon in the paper, for pretraining and PPO alike. */
export const PAPER_EPSILON = 1e-5;
