import { LlamaError } from "../errors.js";
import type { SampledToken } from "../sampling/log-probabilities.js";
import { resolveSampling, type SamplingOptions } from "../sampling/options.js";
import { Sampler } from "../sampling/sampler.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import type { Session } from "./session.js";
import { StopStrings } from "./stop-strings.js";

/** How to continue a prompt. Everything is optional; sampling defaults are llama.cpp's. */
export interface GenerateOptions extends SamplingOptions {
  /** Tokens to generate at most; -1, the default, until the model ends or the context is full. */
  readonly maxTokens?: number | undefined;
  /** Texts that end the answer; they are not part of it. */
  readonly stop?: readonly string[] | undefined;
  /** Goes on where the model would end: its end-of-sequence tokens cannot be chosen. */
  readonly ignoreEos?: boolean | undefined;
  /** Whether the prompt begins with BOS; by default as the model's metadata says. */
  readonly addBos?: boolean | undefined;
  /** Whether control tokens written out in the prompt become control tokens; by default not. */
  readonly parseSpecial?: boolean | undefined;
  /**
   * Keeps for every generated token how likely the model itself thought it and this many of the best tokens, before
   * any step of sampling; by default nothing is kept.
   */
  readonly logProbabilities?: number | undefined;
  /** Ends the answer early; what came so far stays. */
  readonly signal?: AbortSignal | undefined;
  /** Called while the prompt is evaluated, with the part that is done, 0 to 1. */
  readonly onPromptProgress?: ((done: number) => void) | undefined;
}

/**
 * Why an answer ended: the model ended it or a stop string came (`stop`), `maxTokens` were generated (`length`),
 * the context is full (`context`), or the signal was aborted (`abort`).
 */
export type FinishReason = "stop" | "length" | "context" | "abort";

/** How long an answer took. */
export interface GenerationStats {
  /** Milliseconds to evaluate the prompt. */
  readonly promptMs: number;
  /** Prompt tokens a second. */
  readonly promptPerSecond: number;
  /** Milliseconds from the end of the prompt to the end of the answer. */
  readonly generateMs: number;
  /** Generated tokens a second. */
  readonly tokensPerSecond: number;
}

/** What an answer is computed with. */
export interface GenerationSource {
  readonly session: Session;
  readonly tokenizer: Tokenizer;
  /** All that the answer follows. What the session holds already must be its beginning, and not all of it. */
  readonly prompt: readonly number[];
  /** Tokens that end the answer besides those of the model. */
  readonly endIds?: ReadonlySet<number> | undefined;
  /** Called once the answer has ended, however it did. */
  readonly onEnd?: () => void;
}

/** An answer on its way: iterate over it for the text, piece by piece. Its other members tell how it stands. */
export class Generation implements AsyncGenerator<string, void, undefined> {
  /** Ids of the prompt; of a conversation's, those that were not evaluated before. */
  readonly promptTokens: readonly number[];
  /** Ids generated so far, without the one that ended the answer. */
  readonly tokens: readonly number[];
  /** One entry for each of `tokens` where `logProbabilities` was asked for, else empty. */
  readonly logProbabilities: readonly SampledToken[];
  /** The seed that was used, also where none was given. */
  readonly seed: number;
  readonly #tokens: number[] = [];
  readonly #logProbabilities: SampledToken[] = [];
  readonly #pieces: AsyncGenerator<string, void, undefined>;
  #finishReason: FinishReason | undefined;
  #promptMs = 0;
  #generateMs = 0;

  /** @internal */
  constructor(source: GenerationSource, options: GenerateOptions) {
    const { session, tokenizer, prompt } = source;
    const maxTokens = resolveMaxTokens(options.maxTokens);
    requireCount(options.logProbabilities);
    this.promptTokens = prompt.slice(session.position);
    this.tokens = this.#tokens;
    this.logProbabilities = this.#logProbabilities;
    const sampling = resolveSampling(options.ignoreEos === true ? withoutEnds(options, source) : options);
    this.seed = sampling.seed;
    const sampler = new Sampler(sampling, {
      vocabularySize: tokenizer.size,
      contextSize: session.contextSize,
      pieceOf: (id) => tokenizer.decode([id]),
    });
    this.#pieces = this.#run(source, sampler, maxTokens, options);
  }

  /** Undefined until the answer has ended. */
  get finishReason(): FinishReason | undefined {
    return this.#finishReason;
  }

  /** How long it took; final once the answer has ended. */
  get stats(): GenerationStats {
    return {
      promptMs: this.#promptMs,
      promptPerSecond: perSecond(this.promptTokens.length, this.#promptMs),
      generateMs: this.#generateMs,
      tokensPerSecond: perSecond(this.#tokens.length, this.#generateMs),
    };
  }

  /** The next piece of text. */
  next(): Promise<IteratorResult<string, void>> {
    return this.#pieces.next();
  }

  /** Ends the answer here. */
  return(): Promise<IteratorResult<string, void>> {
    return this.#pieces.return();
  }

  /** Ends the answer with an error. */
  throw(error: unknown): Promise<IteratorResult<string, void>> {
    return this.#pieces.throw(error);
  }

  /** For `for await`. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Ends the answer, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pieces.return();
  }

  async *#run(
    source: GenerationSource,
    sampler: Sampler,
    maxTokens: number,
    options: GenerateOptions,
  ): AsyncGenerator<string, void, undefined> {
    const decoder = source.tokenizer.createDecoder();
    const stops = new StopStrings(options.stop ?? []);
    try {
      for await (const id of this.#choose(source, sampler, maxTokens, options)) {
        const { text, found } = stops.push(decoder.push(id));
        if (text !== "") yield text;
        if (!found) continue;
        this.#finishReason = "stop";
        return;
      }
      const rest = stops.push(decoder.flush());
      const text = rest.text + stops.flush();
      if (text !== "") yield text;
    } finally {
      source.onEnd?.();
    }
  }

  /** The token loop: evaluate, sample, and again. */
  async *#choose(
    source: GenerationSource,
    sampler: Sampler,
    maxTokens: number,
    { signal, onPromptProgress, logProbabilities: wanted }: GenerateOptions,
  ): AsyncGenerator<number, void, undefined> {
    const { session, prompt } = source;
    for (const id of prompt) sampler.accept(id);
    let start = performance.now();
    try {
      let logits = await session.evaluate(this.promptTokens, { signal, onProgress: onPromptProgress });
      this.#promptMs = performance.now() - start;
      start = performance.now();
      for (;;) {
        if (this.#tokens.length === maxTokens) return this.#finish("length");
        const told = wanted === undefined ? undefined : sampler.sampleWithProbabilities(logits, wanted);
        const id = told?.id ?? sampler.sample(logits);
        this.#generateMs = performance.now() - start;
        if (isEnd(id, source)) return this.#finish("stop");
        sampler.accept(id);
        this.#tokens.push(id);
        if (told !== undefined) this.#logProbabilities.push(told);
        yield id;
        if (this.#tokens.length === maxTokens) return this.#finish("length");
        if (session.position === session.contextSize) return this.#finish("context");
        logits = await session.evaluate([id], { signal });
      }
    } catch (error) {
      if (signal?.aborted !== true) throw error;
      this.#finish("abort");
    }
  }

  #finish(reason: FinishReason): void {
    this.#finishReason = reason;
  }
}

function resolveMaxTokens(maxTokens = -1): number {
  if (Number.isInteger(maxTokens) && maxTokens >= -1) return maxTokens;
  throw new LlamaError(
    "option",
    `The option maxTokens is ${maxTokens}, and -1 (no limit) or a whole number from 0 was wanted.`,
  );
}

function requireCount(count = 0): void {
  if (Number.isInteger(count) && count >= 0) return;
  throw new LlamaError(
    "option",
    `The option logProbabilities is ${count}, and a whole number of 0 or more was wanted: how many of the best tokens to tell of.`,
  );
}

/** The options with every end-of-generation token forbidden. */
function withoutEnds(options: GenerateOptions, source: GenerationSource): GenerateOptions {
  const logitBias = new Map(options.logitBias);
  for (let id = 0; id < source.tokenizer.size; id++) {
    if (isEnd(id, source)) logitBias.set(id, Number.NEGATIVE_INFINITY);
  }
  return { ...options, logitBias };
}

function isEnd(id: number, { tokenizer, endIds }: GenerationSource): boolean {
  return tokenizer.isEndOfGeneration(id) || endIds?.has(id) === true;
}

function perSecond(count: number, milliseconds: number): number {
  return milliseconds > 0 ? (count * 1000) / milliseconds : 0;
}
