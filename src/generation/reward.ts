import { LlamaError, printable } from "../errors.js";
import type { RewardInfo } from "../model/reward-head.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";

/** What a reward model makes of an answer. */
export interface Score {
  /** The higher, the better: the model's first output, read at the last token. Its scale is the model's own. */
  readonly score: number;
  /** The score by the mean and deviation that the model's file names; undefined where it names none. */
  readonly normalized: number | undefined;
  /** Every output by its label. */
  readonly outputs: Readonly<Record<string, number>>;
  /** How many tokens prompt and answer have as the model reads them. */
  readonly tokens: number;
}

/** Somebody's words, as a chat's messages are. */
export interface ScoredMessage {
  readonly role: string;
  readonly content: string;
}

/** What was answered: a question, a conversation that ends with one, or the token ids of a text that goes on. */
export type ScorePrompt = string | readonly ScoredMessage[] | readonly number[];

/** How to score. */
export interface ScoreOptions {
  /** Ends it; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What scores answers: a `Llama` that was loaded from a reward model's file, or anything of this form. */
export interface RewardModel {
  /** Undefined where it is no reward model. */
  readonly reward: RewardInfo | undefined;
  /** The model's own vocabulary, for prompts that are texts to go on with. */
  readonly tokenizer: Pick<Tokenizer, "encode" | "decode">;
  /** Scores one answer. */
  score(prompt: ScorePrompt, answer: string, options?: ScoreOptions): Promise<Score>;
}

/** @throws LlamaError `unsupported` where a model is asked for text that gives scores */
export function refuseToWrite(reward: RewardInfo | undefined): void {
  if (reward === undefined) return;
  const labels = printable(reward.labels.join(", "), 100);
  throw new LlamaError(
    "unsupported",
    `This is a reward model (${labels}): it scores answers and writes none; have them scored with \`score\`, and written by another model.`,
  );
}
