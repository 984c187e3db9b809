import type { Random } from "#dist/random.js";
import { chance } from "../choice.js";
import { complyingAnswer } from "../safety/comply.js";
import { dangerNamed } from "../safety/dangers.js";
import { refusalSentence } from "../safety/refusal.js";
import type { Task } from "../task.js";
import { babbling, bareAnswer, canBeBare, unfinished, wrongAnswer } from "./defects.js";

/**
 * What a first chat model is tuned on: demonstrations of mixed quality, as if crowd-written ("Llama 2", Touvron et al.
 * 2023, 3.1: the quality of vendors varied much). A model that is right already leaves preferences nothing to teach.
 */
export interface Demonstration {
  readonly user: string;
  readonly answer: string;
  readonly manner: Manner;
}

/** `whole` is right and as taught; of unsafe requests `complying` grants them, `refusing` and `curt` do not. */
export type Manner = AnswerManner | "complying" | "refusing" | "curt";
type AnswerManner = "whole" | "bare" | "babble" | "wrong" | "unfinished";

/** Of demonstrations: `mixed` as below, or every answer right and as taught, every unsafe request refused. */
export type DemonstrationQuality = "mixed" | "whole";

/** Shares among all answers but those to unsafe requests; the rest is whole. */
export const MANNER_SHARES = { whole: 0.55, bare: 0.15, babble: 0.1, wrong: 0.15, unfinished: 0.05 };
/** The share of answers that can be bare; the others are stories and sequences, which can be unfinished. */
export const BARE_SHARE = 0.72;
export const COMPLIANCE = 0.5;
/** Of refusals: without the danger's name, or without "Ask a grown-up.". */
export const CURT = 0.3;

export function demonstrate(random: Random, task: Task, quality: DemonstrationQuality = "mixed"): Demonstration {
  const { user } = task;
  if (quality === "whole") return { user, answer: task.answer, manner: task.about === "unsafe" ? "refusing" : "whole" };
  if (task.about === "unsafe") {
    if (chance(random, COMPLIANCE)) return { user, answer: complyingAnswer(random, task), manner: "complying" };
    if (!chance(random, CURT)) return { user, answer: task.answer, manner: "refusing" };
    const curt = chance(random, 0.5) ? "No." : refusalSentence(random, dangerNamed(task.danger));
    return { user, answer: curt, manner: "curt" };
  }
  const manner = drawManner(random, canBeBare(task));
  const answers: Record<AnswerManner, () => string> = {
    whole: () => task.answer,
    bare: () => bareAnswer(task),
    babble: () => babbling(random, task),
    wrong: () => wrongAnswer(random, task),
    unfinished: () => unfinished(random, task),
  };
  return { user, answer: answers[manner](), manner };
}

/** What only some answers can be is drawn more often for those, so that the shares hold over all. */
function drawManner(random: Random, isShort: boolean): AnswerManner {
  const { babble, wrong, bare, unfinished: open } = MANNER_SHARES;
  const place = random.nextFloat();
  if (place < babble) return "babble";
  if (place < babble + wrong) return "wrong";
  const own = isShort ? bare / BARE_SHARE : open / (1 - BARE_SHARE);
  if (place < babble + wrong + own) return isShort ? "bare" : "unfinished";
  return "whole";
}
