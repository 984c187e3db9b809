import type { Candidate } from "../generation/candidate.js";
import { type Generation, type GenerationStats, NO_STATS } from "../generation/generation.js";
import type { FinishReason } from "../generation/token-loop.js";
import type { ToolCallResult } from "./tools/run-calls.js";

/** What is known of the text that was generated. */
export type Generated = Pick<Generation, "promptTokens" | "tokens" | "finishReason" | "seed" | "stats" | "isCut">;

/** How an answer stands; the session keeps it up to date. */
export interface AnswerProgress {
  text: string;
  /** What was said since the last calls: all of the text, where there were none. */
  said: string;
  /** Whether it would go on after what has come: a generation is under way, or tools run. */
  isOpen: boolean;
  readonly toolCalls: ToolCallResult[];
  finishReason: FinishReason | undefined;
  generation: Generated | undefined;
  candidates: readonly Candidate[];
  droppedExchanges: number;
}

export function noProgress(): AnswerProgress {
  return {
    text: "",
    said: "",
    isOpen: false,
    toolCalls: [],
    finishReason: undefined,
    generation: undefined,
    candidates: [],
    droppedExchanges: 0,
  };
}

/**
 * The assistant's answer on its way: iterate over it, once, for the text, piece by piece. Nothing happens before
 * that. Whoever leaves the loop early ends the answer, and what came so far stays in the conversation.
 */
export class ChatAnswer implements AsyncIterable<string> {
  readonly #progress: AnswerProgress;
  readonly #pieces: AsyncGenerator<string, void, undefined>;

  /** @internal */
  constructor(progress: AnswerProgress, pieces: AsyncGenerator<string, void, undefined>) {
    this.#progress = progress;
    this.#pieces = pieces;
  }

  /** The text so far, without white space in front; with tools, what is said in all rounds. */
  get text(): string {
    return this.#progress.text;
  }

  /** Undefined until the answer has ended. */
  get finishReason(): FinishReason | undefined {
    return this.#progress.finishReason;
  }

  /** The functions that were called for it so far, and what they gave. */
  get toolCalls(): readonly ToolCallResult[] {
    return this.#progress.toolCalls;
  }

  /** How long it took, for the tokens that were evaluated; with tools, in the last round. */
  get stats(): GenerationStats {
    return this.#progress.generation?.stats ?? NO_STATS;
  }

  /** Ids of the prompt that the KV cache did not hold: what had to be evaluated. Empty before the answer begins. */
  get promptTokens(): readonly number[] {
    return this.#progress.generation?.promptTokens ?? [];
  }

  /** Ids generated so far, without one that ended the answer. */
  get tokens(): readonly number[] {
    return this.#progress.generation?.tokens ?? [];
  }

  /** The seed that is used; undefined before the answer begins. */
  get seed(): number | undefined {
    return this.#progress.generation?.seed;
  }

  /** All answers that were sampled for `bestOf`, the best first; empty without it, and before it is chosen. */
  get candidates(): readonly Candidate[] {
    return this.#progress.candidates;
  }

  /** The oldest exchanges that this answer no longer knows of, for the context was full. */
  get droppedExchanges(): number {
    return this.#progress.droppedExchanges;
  }

  /** @internal Whether a stop string ended it. */
  get isCut(): boolean {
    return this.#progress.generation?.isCut === true;
  }

  /** For `for await`. */
  [Symbol.asyncIterator](): AsyncGenerator<string, void, undefined> {
    return this.#pieces;
  }
}
