import type { SampledToken } from "../sampling/log-probabilities.js";
import type { Sampler } from "../sampling/sampler.js";
import type { AnswerForm } from "./answer-form.js";
import type { TokenProposer } from "./proposer.js";
import type { Session } from "./session.js";

/**
 * Why an answer ended: the model ended it or a stop string came (`stop`), `maxTokens` were generated (`length`),
 * the context is full (`context`), or the signal was aborted (`abort`).
 */
export type FinishReason = "stop" | "length" | "context" | "abort";

/** What the token loop works with. */
export interface TokenLoopOptions {
  readonly session: Session;
  readonly sampler: Sampler;
  /** All that the answer follows. What the session holds already must be its beginning, and not all of it. */
  readonly prompt: readonly number[];
  /** Whether a token ends the answer; such a one is not part of it. */
  readonly isEnd: (id: number) => boolean;
  /** -1 for no limit. */
  readonly maxTokens: number;
  /** How many of the best tokens to keep the probabilities of, if at all. */
  readonly logProbabilities?: number | undefined;
  readonly proposer?: TokenProposer | undefined;
  readonly form?: AnswerForm | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onPromptProgress?: ((done: number) => void) | undefined;
}

/** A token of the answer, with the model's own opinion of it where it was asked for. */
export interface ChosenToken {
  readonly id: number;
  readonly probabilities: SampledToken | undefined;
}

/**
 * Evaluate, sample, and again. One loop makes one answer. Where the answer's form leaves no choice, tokens are not
 * sampled: they are evaluated in one batch with the token before them.
 */
export class TokenLoop {
  readonly #options: TokenLoopOptions;
  /** Prompt and answer. */
  readonly #sequence: number[];
  /** Tokens that must follow the sequence by the answer's form. */
  #forced: number[] = [];
  /** Tokens of the answer that were handed out. */
  #count = 0;
  finishReason: FinishReason | undefined;
  /** Milliseconds for the prompt, and from then on to the last token. */
  promptMs = 0;
  generateMs = 0;
  /** Tokens that a proposer guessed, and those of them that were right. */
  drafted = 0;
  accepted = 0;

  constructor(options: TokenLoopOptions) {
    this.#options = options;
    this.#sequence = [...options.prompt];
  }

  /** The tokens of the answer. However it ends, the session then holds the prompt and all of them but the last. */
  async *run(): AsyncGenerator<ChosenToken, void, undefined> {
    const { session, sampler, prompt, signal, maxTokens, isEnd, form } = this.#options;
    for (const id of prompt) sampler.accept(id);
    form?.begin();
    try {
      let start = performance.now();
      const logits = await session.evaluate(prompt.slice(session.position), {
        signal,
        onProgress: this.#options.onPromptProgress,
      });
      this.promptMs = performance.now() - start;
      start = performance.now();
      if (maxTokens === 0) return this.#finish("length");
      if (this.#isOver) return this.#finish("stop");
      this.#force();
      for (let chosen = [this.#next(logits)]; ; chosen = await this.#advance()) {
        this.generateMs = performance.now() - start;
        for (const token of chosen) {
          if (isEnd(token.id)) return this.#finish("stop");
          this.#count++;
          yield token;
          if (this.#count === maxTokens) return this.#finish(this.#isOver ? "stop" : "length");
        }
        if (this.#isOver) return this.#finish("stop");
        if (session.position === session.contextSize) return this.#finish("context");
      }
    } catch (error) {
      if (signal?.aborted !== true) throw error;
      this.#finish("abort");
    } finally {
      this.#takeBack(prompt.length + this.#count - 1);
    }
  }

  /** Evaluates the newest token, and with it those that must follow or are guessed; the tokens that came of it. */
  async #advance(): Promise<ChosenToken[]> {
    const { session, signal } = this.#options;
    const newest = this.#sequence.at(-1) as number;
    const most = this.#room();
    const certain = this.#forced.slice(0, most);
    if (certain.length > 0) return this.#advanceOver(newest, certain);
    const guesses = most > 0 && this.#forced.length === 0 ? this.#guess(most) : [];
    if (guesses.length === 0) return [this.#next(await session.evaluate([newest], { signal }))];

    const base = session.position;
    const chosen: ChosenToken[] = [];
    let isRight = true;
    const onLogits = (index: number, logits: Float32Array) => {
      if (!isRight) return;
      const token = this.#next(logits);
      chosen.push(token);
      isRight = token.id === guesses[index] && !this.#isLast(token.id);
    };
    await session.evaluateEach([newest, ...guesses], onLogits, { signal });
    // The last one chosen is not evaluated yet: it stands behind the guesses, or instead of a wrong one.
    this.#takeBack(base + chosen.length);
    this.drafted += guesses.length;
    this.accepted += chosen.length - 1;
    this.#options.proposer?.learn(guesses.length, chosen.length - 1);
    return chosen;
  }

  /** Evaluates tokens that must follow the newest; they, and the one chosen behind them. */
  async #advanceOver(newest: number, certain: readonly number[]): Promise<ChosenToken[]> {
    const { session, signal, logProbabilities } = this.#options;
    const ids = [newest, ...certain];
    if (logProbabilities !== undefined) {
      const chosen: ChosenToken[] = [];
      const onLogits = (_: number, logits: Float32Array) => {
        if (!this.#isOver) chosen.push(this.#next(logits));
      };
      await session.evaluateEach(ids, onLogits, { signal });
      return chosen;
    }
    const logits = await session.evaluate(ids, { signal });
    const chosen = certain.map(() => this.#next(logits));
    // What the last of them completes is complete: nothing is sampled behind it.
    if (!this.#isOver) chosen.push(this.#next(logits));
    return chosen;
  }

  /** How many tokens may be evaluated with the newest, and still be followed by one. */
  #room(): number {
    const { session, maxTokens } = this.#options;
    const inContext = session.contextSize - session.position - 1;
    const inAnswer = maxTokens === -1 ? inContext : maxTokens - this.#count - 1;
    return Math.max(0, Math.min(inContext, inAnswer));
  }

  #guess(most: number): readonly number[] {
    return this.#options.proposer?.propose(this.#sequence, most) ?? [];
  }

  #isLast(id: number): boolean {
    return this.#options.isEnd(id) || this.#isOver;
  }

  /** The token behind the sequence: the one that must follow, or the sampler's choice. */
  #next(logits: Float32Array): ChosenToken {
    const { sampler, logProbabilities } = this.#options;
    const id = this.#forced.shift();
    if (id === undefined) return this.#choose(logits);
    const probabilities =
      logProbabilities === undefined ? undefined : sampler.probabilitiesOf(id, logits, logProbabilities);
    this.#take(id);
    return { id, probabilities };
  }

  #choose(logits: Float32Array): ChosenToken {
    const { sampler, logProbabilities, isEnd } = this.#options;
    const probabilities =
      logProbabilities === undefined ? undefined : sampler.sampleWithProbabilities(logits, logProbabilities);
    const id = probabilities?.id ?? sampler.sample(logits);
    if (!isEnd(id)) {
      this.#take(id);
      this.#force();
    }
    return { id, probabilities };
  }

  /** Whether the answer is whole by its form, and nothing may follow. */
  get #isOver(): boolean {
    return this.#options.form?.isOver === true;
  }

  #take(id: number): void {
    this.#options.sampler.accept(id);
    this.#sequence.push(id);
  }

  /** Looks what must follow the sequence. */
  #force(): void {
    this.#forced = [...(this.#options.form?.forcedTokens() ?? [])];
  }

  /** Forgets what was evaluated beyond a position, if anything was. */
  #takeBack(position: number): void {
    const { session } = this.#options;
    if (!session.isDisposed && session.position > position) session.rewind(Math.max(0, position));
  }

  #finish(reason: FinishReason): void {
    this.finishReason = reason;
  }
}
