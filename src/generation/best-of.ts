import { isOutOfMemory, LlamaError } from "../errors.js";
import { platform } from "../platform/current.js";
import { meanLogProbability } from "../sampling/log-probabilities.js";
import { resolveSeed } from "../sampling/options.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import { withCompiledForm } from "./answer-form.js";
import { type BestOfOptions, splitBestOf } from "./best-of-options.js";
import { type Candidate, ranked } from "./candidate.js";
import { Generation, type GenerationStats, perSecond } from "./generation.js";
import { type AnswerInfo, type Judge, type Judgement, judgeOf } from "./judge.js";
import type { GenerateOptions } from "./options.js";
import type { RewardModel, ScorePrompt } from "./reward.js";
import type { Session } from "./session.js";

/** What several answers are sampled from. */
export interface BestOfSource {
  /** Holds a beginning of the prompt; afterwards all of it but the last token. */
  readonly session: Session;
  readonly tokenizer: Tokenizer;
  readonly prompt: readonly number[];
  /** Tokens that end an answer, in addition to those of the model. */
  readonly endIds?: ReadonlySet<number> | undefined;
  /** Whether answers are without white space in front, as messages of a chat are. */
  readonly isTrimmed?: boolean | undefined;
  /** The prompt as a reward model reads it. */
  readonly promptFor: (model: RewardModel) => ScorePrompt;
}

/** The best of several answers. */
export interface BestOf {
  /** The best answer's text. */
  readonly text: string;
  readonly best: Candidate;
  /** All that were sampled, the best first. */
  readonly candidates: readonly Candidate[];
  /** Ids of the prompt. */
  readonly promptTokens: readonly number[];
  /** The seed of the first answer, also where none was given. */
  readonly seed: number;
  /** Whether the signal ended it before all answers were sampled and scored: then this is the best so far. */
  readonly isPartial: boolean;
  /** How long it took; `tokensPerSecond` of all answers together, and with the time to score them. */
  readonly stats: GenerationStats;
}

/** As many as a batch computes logits for: with more, an end before the last would find none that is whole. */
const MAX_AT_ONCE = 32;

const MAX_SEEDS = 2 ** 32;

/**
 * Samples several answers to a prompt that is evaluated once, side by side, and ranks them by what judges them. The
 * choice is a function of prompt, options and seed: neither threads nor memory for so many sequences change it.
 * @throws LlamaError `option`, `unsupported` for options and judges that make no sense, `memory`; what the judge
 *   throws; the signal's reason where it ends everything before an answer was scored
 */
export async function sampleBestOf(source: BestOfSource, options: BestOfOptions): Promise<BestOf> {
  const { k, choice, generating } = splitBestOf(options);
  const judge = judgeOf(choice, source.promptFor);
  const seed = resolveSeed(generating.seed ?? -1);
  const { signal } = generating;
  signal?.throwIfAborted();
  const start = performance.now();
  const formed = await withCompiledForm(generating);
  await evaluatePrompt(source, generating);
  const promptMs = performance.now() - start;
  const sampling = new Sampling(source, judge, { ...formed, seed }, k, choice.onSampled);
  const candidates = await sampling.run();
  const generateMs = performance.now() - start - promptMs;
  const order = ranked(candidates);
  const [best] = order;
  if (best?.score === undefined) {
    signal?.throwIfAborted();
    throw new LlamaError("worker", "No answer was sampled.");
  }
  return {
    text: best.text,
    best,
    candidates: order,
    promptTokens: source.prompt,
    seed,
    isPartial: order.length < k || order.some(({ score }) => score === undefined),
    stats: {
      promptMs,
      promptPerSecond: perSecond(source.prompt.length, promptMs),
      generateMs,
      tokensPerSecond: perSecond(
        order.reduce((sum, { tokens }) => sum + tokens.length, 0),
        generateMs,
      ),
      drafted: sampling.drafted,
      accepted: sampling.accepted,
    },
  };
}

/** All of the prompt but its last token, which every answer evaluates for itself. */
async function evaluatePrompt({ session, prompt }: BestOfSource, options: GenerateOptions): Promise<void> {
  const { signal, onPromptProgress: onProgress } = options;
  const rest = prompt.slice(session.position, -1);
  if (rest.length > 0) await session.evaluate(rest, { signal, onProgress });
}

/** Answers under way: as many at once as there is memory for. */
class Sampling {
  readonly #source: BestOfSource;
  readonly #judge: Judge;
  readonly #options: GenerateOptions & { readonly seed: number };
  readonly #count: number;
  readonly #onSampled: ((sampled: number, k: number) => void) | undefined;
  /** One a sequence: a signal warns of many who listen to it. */
  readonly #ends: AbortController[] = [];
  readonly #candidates: Candidate[] = [];
  #next = 0;
  #sampled = 0;
  /** As in {@link GenerationStats}, of all answers. */
  drafted = 0;
  accepted = 0;

  constructor(
    source: BestOfSource,
    judge: Judge,
    options: GenerateOptions & { readonly seed: number },
    count: number,
    onSampled: ((sampled: number, k: number) => void) | undefined,
  ) {
    this.#source = source;
    this.#judge = judge;
    this.#options = options;
    this.#count = count;
    this.#onSampled = onSampled;
  }

  async run(): Promise<readonly Candidate[]> {
    const { signal } = this.#options;
    const abort = () => this.#abort(signal?.reason);
    const sessions = this.#fork();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      await Promise.all(sessions.map((session) => this.#serve(session)));
    } finally {
      signal?.removeEventListener("abort", abort);
      for (const session of sessions) session.dispose();
    }
    return this.#candidates;
  }

  /** A sequence for each answer; where memory ends, fewer, which then serve in turn. */
  #fork(): Session[] {
    const { session, prompt } = this.#source;
    const { maxTokens = -1 } = this.#options;
    const contextSize = maxTokens < 0 ? undefined : Math.min(session.contextSize, prompt.length + maxTokens + 1);
    const sessions: Session[] = [];
    try {
      const most = Math.min(this.#count, MAX_AT_ONCE);
      while (sessions.length < most) sessions.push(session.fork({ contextSize }));
    } catch (error) {
      if (isOutOfMemory(error) && sessions.length > 0) return sessions;
      for (const each of sessions) each.dispose();
      throw error;
    }
    return sessions;
  }

  /** Samples and scores answers on one sequence until there are enough. The first failure ends all. */
  async #serve(session: Session): Promise<void> {
    const start = session.position;
    const end = new AbortController();
    this.#ends.push(end);
    try {
      while (this.#next < this.#count && !end.signal.aborted) {
        // Behind a window the beginning may be gone: then the prompt is evaluated again.
        session.rewind(session.canRewind(start) ? start : 0);
        await this.#sample(session, this.#next++, end.signal);
      }
    } catch (error) {
      this.#abort(error);
      throw error;
    }
  }

  #abort(reason: unknown): void {
    for (const end of this.#ends) end.abort(reason);
  }

  async #sample(session: Session, index: number, signal: AbortSignal): Promise<void> {
    const { tokenizer, prompt, endIds, isTrimmed = false } = this.#source;
    const seed = (this.#options.seed + index) % MAX_SEEDS;
    const generation = new Generation(
      { session, tokenizer, prompt, endIds },
      {
        ...this.#options,
        seed,
        logProbabilities: this.#options.logProbabilities ?? 0,
        onPromptProgress: undefined,
        signal,
      },
    );
    for await (const _ of generation) {
      // The text is kept by the generation.
    }
    const { tokens, logProbabilities, finishReason = "abort", stats } = generation;
    this.drafted += stats.drafted;
    this.accepted += stats.accepted;
    const text = isTrimmed ? generation.text.trimStart() : generation.text;
    const logProbability = meanLogProbability(logProbabilities);
    const answer = { index, seed, text, tokens, finishReason, logProbability };
    if (finishReason === "abort") return this.#keep({ ...answer, score: undefined, parts: undefined });
    this.#sampled++;
    this.#onSampled?.(this.#sampled, this.#count);
    const judgement = await this.#judged(text, { ...answer, signal });
    this.#keep({ ...answer, score: judgement?.score, parts: judgement?.parts });
  }

  #keep(candidate: Candidate): void {
    this.#candidates.push(candidate);
  }

  /** Undefined where everything ends before the judge has said anything. */
  async #judged(text: string, info: AnswerInfo): Promise<Judgement | undefined> {
    const { signal } = info;
    if (signal.aborted) return undefined;
    let leave: (() => void) | undefined;
    const over = new Promise<undefined>((resolve) => {
      // What has been judged by then counts.
      leave = () => platform.nextTurn().then(() => resolve(undefined));
      signal.addEventListener("abort", leave, { once: true });
    });
    try {
      return await Promise.race([this.#judge(text, info), over]);
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    } finally {
      if (leave !== undefined) signal.removeEventListener("abort", leave);
    }
  }
}
