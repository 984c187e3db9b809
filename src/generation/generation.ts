import { LlamaError } from "../errors.js";
import type { SampledToken } from "../sampling/log-probabilities.js";
import { resolveSampling } from "../sampling/options.js";
import { Sampler } from "../sampling/sampler.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import { AnswerForm, hasForm } from "./answer-form.js";
import { BeginningStep } from "./beginning-step.js";
import { NgramProposer } from "./ngram-proposer.js";
import { checkGenerateOptions, type GenerateOptions } from "./options.js";
import type { Session } from "./session.js";
import { StopStrings } from "./stop-strings.js";
import { type FinishReason, TokenLoop } from "./token-loop.js";

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
  /** Tokens that speculation guessed. */
  readonly drafted: number;
  /** Those of them that the answer has. */
  readonly accepted: number;
}

/** Those of an answer that has not begun. */
export const NO_STATS: GenerationStats = {
  promptMs: 0,
  promptPerSecond: 0,
  generateMs: 0,
  tokensPerSecond: 0,
  drafted: 0,
  accepted: 0,
};

/** What an answer is computed with. */
export interface GenerationSource {
  readonly session: Session;
  readonly tokenizer: Tokenizer;
  /** All that the answer follows. What the session holds already must be its beginning, and not all of it. */
  readonly prompt: readonly number[];
  /** Tokens that end the answer, in addition to those of the model. */
  readonly endIds?: ReadonlySet<number> | undefined;
  /** What the answer must begin with, and what is not part of its text, as it stands before it already. */
  readonly healed?: string | undefined;
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
  readonly #form: AnswerForm | undefined;
  readonly #loop: TokenLoop;
  readonly #pieces: AsyncGenerator<string, void, undefined>;
  #text = "";
  readonly #stops: StopStrings;

  /** @internal */
  constructor(source: GenerationSource, options: GenerateOptions) {
    const { session, tokenizer, prompt, healed = "" } = source;
    checkGenerateOptions(options);
    this.promptTokens = prompt.slice(session.position);
    this.tokens = this.#tokens;
    this.logProbabilities = this.#logProbabilities;
    const isEnd = (id: number) => tokenizer.isEndOfGeneration(id) || source.endIds?.has(id) === true;
    const form = hasForm(options) ? new AnswerForm(options) : undefined;
    if (form !== undefined && options.ignoreEos === true) {
      throw new LlamaError("option", "ignoreEos contradicts the form of the answer, which says where to end.");
    }
    this.#form = form;
    const beginning = healed === "" ? [] : [new BeginningStep(healed, (id) => tokenizer.bytesOf(id))];
    const sampling = resolveSampling(
      options.ignoreEos === true ? withoutEnds(options, endsOf(tokenizer, isEnd)) : options,
    );
    this.seed = sampling.seed;
    const sampler = new Sampler(sampling, {
      vocabularySize: tokenizer.size,
      contextSize: session.contextSize,
      bytesOf: (id) => tokenizer.bytesOf(id),
      ends: () => (options.ignoreEos === true ? new Set() : endsOf(tokenizer, isEnd)),
      steps: [...beginning, ...(form === undefined ? [] : [form]), ...(options.steps ?? [])],
    });
    this.#loop = new TokenLoop({
      session,
      sampler,
      prompt,
      isEnd,
      maxTokens: options.maxTokens ?? -1,
      logProbabilities: options.logProbabilities,
      form,
      proposer: options.speculation === "ngram" ? new NgramProposer() : undefined,
      signal: options.signal,
      onPromptProgress: options.onPromptProgress,
    });
    this.#stops = new StopStrings(options.stop ?? []);
    this.#pieces = this.#run(source, this.#stops);
  }

  /** The text so far; all of it once the answer has ended. */
  get text(): string {
    return this.#text;
  }

  /** Undefined until the answer has ended. */
  get finishReason(): FinishReason | undefined {
    // The token loop knows nothing of stop strings.
    return this.stopString === undefined ? this.#loop.finishReason : "stop";
  }

  /** The stop string that ended the answer; undefined where none did. */
  get stopString(): string | undefined {
    return this.#stops.found;
  }

  /** @internal Whether a stop string ended the answer. */
  get isCut(): boolean {
    return this.stopString !== undefined;
  }

  /** How long it took; final once the answer has ended. */
  get stats(): GenerationStats {
    const { promptMs, generateMs, drafted, accepted } = this.#loop;
    return {
      promptMs,
      promptPerSecond: perSecond(this.promptTokens.length, promptMs),
      generateMs,
      tokensPerSecond: perSecond(this.#tokens.length, generateMs),
      drafted,
      accepted,
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

  async *#run(source: GenerationSource, stops: StopStrings): AsyncGenerator<string, void, undefined> {
    const { tokenizer } = source;
    const decoder = tokenizer.createDecoder();
    const textOf = (id: number) => {
      const isNamed = tokenizer.isControl(id) && this.#form?.names(id) === true;
      return isNamed ? decoder.flush() + tokenizer.piece(id) : decoder.push(id);
    };
    let hidden = source.healed?.length ?? 0;
    const shown = (piece: string) => {
      const text = piece.slice(hidden);
      hidden -= piece.length - text.length;
      return text;
    };
    try {
      await this.#form?.prepare(tokenizer, source.endIds);
      for await (const { id, probabilities } of this.#loop.run()) {
        this.#tokens.push(id);
        if (probabilities !== undefined) this.#logProbabilities.push(probabilities);
        const { text, found } = stops.push(shown(textOf(id)));
        this.#text += text;
        if (text !== "") yield text;
        if (found) return;
      }
      const text = stops.push(shown(decoder.flush())).text + stops.flush();
      this.#text += text;
      if (text !== "") yield text;
    } finally {
      source.onEnd?.();
    }
  }
}

/** The options with every end-of-generation token forbidden. */
function withoutEnds(options: GenerateOptions, ends: ReadonlySet<number>): GenerateOptions {
  const logitBias = new Map(options.logitBias);
  for (const id of ends) logitBias.set(id, Number.NEGATIVE_INFINITY);
  return { ...options, logitBias };
}

/** All of them, the one that ends a text before others. */
function endsOf({ eotId, eosId, size }: Tokenizer, isEnd: (id: number) => boolean): ReadonlySet<number> {
  const every = Array.from({ length: size }, (_, id) => id).filter(isEnd);
  return new Set([eotId, eosId, ...every].filter((id) => id !== undefined && isEnd(id)) as number[]);
}

/** 0 where no time has passed. */
export function perSecond(count: number, milliseconds: number): number {
  return milliseconds > 0 ? (count * 1000) / milliseconds : 0;
}
