import { type FormOptions, withCompiledForm } from "../../generation/answer-form.js";
import { Generation, type GenerationStats } from "../../generation/generation.js";
import { refuseToWrite } from "../../generation/reward.js";
import type { FinishReason } from "../../generation/token-loop.js";
import type { Grammar } from "../../grammar/grammar.js";
import type { SampledToken } from "../../sampling/log-probabilities.js";
import type { Sequence } from "../sequences/pool.js";
import type { Served } from "../served.js";
import { LineBounds, type LineLimits } from "./line-bounds.js";
import { merged } from "./merged.js";
import type { AnswerRequest } from "./request.js";

/** What an answer is computed from. */
export interface AnswerSource extends AnswerRequest {
  readonly prompt: readonly number[];
  /** How many answers to the same prompt. */
  readonly count: number;
  /** Tokens that end the answer, in addition to those of the model. */
  readonly endIds?: ReadonlySet<number> | undefined;
  /** Whether the answer is without white space in front, as messages of a chat are. */
  readonly isTrimmed?: boolean | undefined;
  /** What the answer must begin with, and what is not part of its text, as it stands before it already. */
  readonly healed?: string | undefined;
  /** How many alternatives are told of each token; undefined for no probabilities. */
  readonly logProbabilities?: number | undefined;
  /** Where it ends before a token or a text ends it. */
  readonly lines?: LineLimits | undefined;
  /** Of answers that may call functions. */
  readonly grammar?: Grammar | undefined;
}

/** Answers of a request, while they are computed. */
export interface UnderWay {
  /** Of all prompts. */
  readonly promptTokens: number;
  /** Of all answers so far. */
  readonly tokens: number;
  readonly generateMs: number;
  /** Ends them early. */
  end(): void;
}

/** A piece of an answer. */
export interface AnswerPiece {
  readonly index: number;
  readonly text: string;
  /** The tokens that came since the piece before. */
  readonly tokens: readonly number[];
  readonly logProbabilities: readonly SampledToken[];
}

/** How an answer ended. */
export interface AnswerResult {
  readonly text: string;
  readonly tokens: readonly number[];
  readonly logProbabilities: readonly SampledToken[];
  readonly finishReason: FinishReason;
  /** The stop string that ended it. */
  readonly stopString: string | undefined;
  readonly seed: number;
  readonly stats: GenerationStats;
  /** Tokens of the prompt that a KV cache held. */
  readonly cached: number;
}

/** The answers to a prompt, under way: each is iterated over once, and gives back its sequence however it ends. */
export class Answers implements UnderWay {
  readonly answers: readonly Answer[];
  readonly promptTokens: number;
  /** What they are held to, compiled. */
  readonly form: FormOptions;

  private constructor(answers: readonly Answer[], promptTokens: number, form: FormOptions) {
    this.answers = answers;
    this.promptTokens = promptTokens;
    this.form = form;
  }

  /**
   * Waits for its turn, and begins.
   * @param isAdmitted whether it may wait however many do
   * @throws RequestFailure where the prompt is too long, or too many wait
   */
  static async begin(served: Served, source: AnswerSource, signal: AbortSignal, isAdmitted = false): Promise<Answers> {
    refuseToWrite(served.llama.reward);
    served.checkLength(source.prompt);
    const { prompt, count, loras } = source;
    const sequences = await served.pool.acquire({ prompt, count, loras, signal, isAdmitted });
    const answers: Answer[] = [];
    try {
      // Only now, so that what waits in line takes no memory, and once for all of them.
      const form = await withCompiledForm(source.form);
      for (const [index, sequence] of sequences.entries()) {
        answers.push(new Answer(served, { ...source, form }, sequence, index, signal));
      }
      return new Answers(answers, prompt.length, form);
    } catch (error) {
      for (const answer of answers) answer.end();
      for (const sequence of sequences.slice(answers.length)) served.pool.release(sequence, sequence.tokens);
      throw error;
    }
  }

  /** Tokens of all answers so far. */
  get tokens(): number {
    return this.answers.reduce((sum, { tokens }) => sum + tokens.length, 0);
  }

  /** How long the longest of them has been generated. */
  get generateMs(): number {
    return Math.max(0, ...this.answers.map(({ result }) => result.stats.generateMs));
  }

  /** The pieces of all answers as they come. */
  pieces(): AsyncGenerator<AnswerPiece, void, undefined> {
    return merged(
      this.answers.map(({ pieces }) => pieces),
      () => this.end(),
    );
  }

  /** Computes all of them. */
  async finish(): Promise<readonly AnswerResult[]> {
    for await (const _ of this.pieces()) {
      // They are kept by the answers.
    }
    return this.answers.map(({ result }) => result);
  }

  end(): void {
    for (const answer of this.answers) answer.end();
  }
}

/** One answer on its way. */
export class Answer {
  readonly index: number;
  readonly pieces: AsyncGenerator<AnswerPiece, void, undefined>;
  readonly #served: Served;
  readonly #sequence: Sequence;
  readonly #generation: Generation;
  readonly #prompt: readonly number[];
  readonly #cached: number;
  readonly #isTrimmed: boolean;
  readonly #bounds: LineBounds | undefined;
  readonly #abort = new AbortController();
  #isBegun = false;
  #isReleased = false;

  /** @param signal ends it early */
  constructor(served: Served, source: AnswerSource, sequence: Sequence, index: number, signal: AbortSignal) {
    this.index = index;
    this.#served = served;
    this.#sequence = sequence;
    this.#prompt = source.prompt;
    this.#isTrimmed = source.isTrimmed === true;
    this.#cached = sequence.session.position;
    this.#bounds = source.lines && new LineBounds(source.lines);
    this.#generation = this.#begin(source, AbortSignal.any([signal, this.#abort.signal]));
    this.pieces = this.#run();
  }

  get tokens(): readonly number[] {
    return this.#generation.tokens;
  }

  get text(): string {
    const { text } = this.#bounds ?? this.#generation;
    return this.#isTrimmed ? text.trimStart() : text;
  }

  /** How it ended, once it has. */
  get result(): AnswerResult {
    const { text } = this;
    const { tokens, logProbabilities, finishReason: reason = "abort", stopString, seed, stats } = this.#generation;
    const finishReason = this.#bounds?.isOver === true ? "length" : reason;
    return { text, tokens, logProbabilities, finishReason, stopString, seed, stats, cached: this.#cached };
  }

  /** Ends it early: within a step, if it is under way. */
  end(): void {
    this.#abort.abort();
    // A generator that was not begun does nothing at its end.
    if (!this.#isBegun) this.#release([]);
    void this.pieces.return().catch(() => undefined);
  }

  #begin(source: AnswerSource, signal: AbortSignal): Generation {
    const { tokenizer } = this.#served.llama;
    const { prompt, sampling, form, maxTokens, stop, ignoreEos, endIds, healed, logProbabilities, grammar } = source;
    const seed = sampling.seed === undefined || sampling.seed === -1 ? sampling.seed : this.#seedOf(sampling.seed);
    return new Generation(
      { session: this.#sequence.session, tokenizer, prompt, endIds, healed },
      { ...sampling, ...form, ...(grammar && { grammar }), seed, maxTokens, stop, ignoreEos, logProbabilities, signal },
    );
  }

  /** Answers to the same prompt differ by their seeds, which count up. */
  #seedOf(seed: number): number {
    return (seed + this.index) % 2 ** 32;
  }

  async *#run(): AsyncGenerator<AnswerPiece, void, undefined> {
    const { index } = this;
    let told = 0;
    this.#isBegun = true;
    try {
      let isFirst = this.#isTrimmed;
      for await (const piece of this.#generation) {
        const bounded = this.#bounds?.push(piece) ?? piece;
        const text = isFirst ? bounded.trimStart() : bounded;
        if (text !== "") {
          isFirst = false;
          const tokens = this.tokens.slice(told);
          yield { index, text, tokens, logProbabilities: this.#generation.logProbabilities.slice(told) };
          told += tokens.length;
        }
        if (this.#bounds?.isOver === true) break;
      }
      const text = this.#bounds?.end() ?? "";
      if (text !== "") yield { index, text, tokens: [], logProbabilities: [] };
    } finally {
      this.#count();
      this.#release(this.tokens);
    }
  }

  #count(): void {
    const { promptMs, generateMs } = this.#generation.stats;
    this.#served.metrics.count(this.#prompt.length - this.#cached, promptMs, this.tokens.length, generateMs);
  }

  #release(tokens: readonly number[]): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#served.pool.release(this.#sequence, [...this.#prompt, ...tokens]);
  }
}
