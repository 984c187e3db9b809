import { LlamaError } from "../errors.js";
import { kindOf } from "../options.js";
import type { RewardModel, ScorePrompt } from "./reward.js";
import type { FinishReason } from "./token-loop.js";

/** What is known of an answer besides its text. */
export interface AnswerInfo {
  /** Which of the answers it is, from 0. */
  readonly index: number;
  /** The seed that it was sampled with. */
  readonly seed: number;
  /** Ids, without the one that ended it. */
  readonly tokens: readonly number[];
  readonly finishReason: FinishReason;
  /** The mean of its tokens' log-probabilities, by the model itself and before sampling; 0 where it has none. */
  readonly logProbability: number;
  /** Aborted where nobody waits for the reward any more. */
  readonly signal: AbortSignal;
}

/** How good an answer is; the higher, the better. */
export type RewardFunction = (text: string, info: AnswerInfo) => number | Promise<number>;

/** Who says which answer is best: a reward model, or any function of the text. */
export type Reward = RewardModel | RewardFunction;

/** What two reward models say of an answer. */
export interface ScoreParts {
  readonly helpfulness: number;
  readonly safety: number;
}

/** A score, and what it was made of where two models gave it. */
export interface Judgement {
  readonly score: number;
  readonly parts: ScoreParts | undefined;
}

/** Says how good an answer is. */
export type Judge = (text: string, info: AnswerInfo) => Promise<Judgement>;

/** Who judges. */
export interface JudgeOptions {
  readonly reward: Reward;
  /** A reward model of its own for safety: where it finds an answer unsafe, its score counts. */
  readonly safety?: RewardModel | undefined;
  /** Whether the prompt asks for something unsafe, so that the safety model's score counts in any case. */
  readonly isSafetyPrompt?: boolean | undefined;
}

/** Of Llama 2, section 3.2.3: precision 0.89 and recall 0.55 on Meta's own safety test set. */
const UNSAFE_BELOW = 0.15;

/**
 * @param promptFor the prompt as a model reads it, in its own vocabulary
 * @throws LlamaError `option`, `unsupported` for what cannot judge
 */
export function judgeOf(options: JudgeOptions, promptFor: (model: RewardModel) => ScorePrompt): Judge {
  const { reward, safety, isSafetyPrompt = false } = options;
  if (safety === undefined) {
    if (isSafetyPrompt) throw new LlamaError("option", "isSafetyPrompt is for a safety model; give one as safety.");
    if (typeof reward === "function") return (text, info) => byFunction(reward, text, info);
  }
  const helper = requireModel(reward, safety === undefined ? "reward" : "reward, beside a safety model,");
  const helpfulnessOf = (text: string, info: AnswerInfo) => scoreBy(helper, promptFor, text, info);
  if (safety === undefined) {
    return async (text, info) => ({ score: await helpfulnessOf(text, info), parts: undefined });
  }
  const guard = requireModel(safety, "safety");
  return async (text, info) => {
    const [helpfulness, safe] = await Promise.all([helpfulnessOf(text, info), scoreBy(guard, promptFor, text, info)]);
    const threshold = guard.reward?.unsafeBelow ?? UNSAFE_BELOW;
    return { score: combined(helpfulness, safe, isSafetyPrompt, threshold), parts: { helpfulness, safety: safe } };
  };
}

/** Rc of Llama 2, section 3.2.3: the safety score where the prompt is tagged or the answer unsafe, else helpfulness. */
export function combined(helpfulness: number, safety: number, isSafetyPrompt: boolean, unsafeBelow: number): number {
  const isUnsafe = 1 / (1 + Math.exp(-safety)) < unsafeBelow;
  return isSafetyPrompt || isUnsafe ? safety : helpfulness;
}

async function scoreBy(
  model: RewardModel,
  promptFor: (model: RewardModel) => ScorePrompt,
  text: string,
  { signal }: AnswerInfo,
): Promise<number> {
  return (await model.score(promptFor(model), text, { signal })).score;
}

async function byFunction(reward: RewardFunction, text: string, info: AnswerInfo): Promise<Judgement> {
  const score: unknown = await reward(text, info);
  if (typeof score === "number" && !Number.isNaN(score)) return { score, parts: undefined };
  const found = typeof score === "number" ? "NaN" : kindOf(score);
  throw new LlamaError("option", `reward must give a number for every answer (got ${found} for answer ${info.index}).`);
}

function requireModel(found: unknown, name: string): RewardModel {
  const model = found as Partial<RewardModel> | undefined;
  if (typeof found !== "object" || typeof model?.score !== "function") {
    throw new LlamaError(
      "option",
      `${name} must be a reward model${name === "reward" ? " or a function" : ""} (got ${kindOf(found)}).`,
    );
  }
  if (model.reward !== undefined) return model as RewardModel;
  throw new LlamaError("unsupported", `${name} must be a reward model, but this model scores no answers.`);
}
