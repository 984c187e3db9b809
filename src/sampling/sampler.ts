import { LlamaError } from "../errors.js";
import { Random } from "../random.js";
import { Candidates } from "./candidates.js";
import { buildChain, type SamplerEnvironment } from "./chain.js";
import { bestLogProbabilities, type SampledToken } from "./log-probabilities.js";
import { type ResolvedSampling, resolveSeed } from "./options.js";
import type { SamplerContext, SamplerStep, Selection } from "./step.js";
import { LogitBias } from "./steps/logit-bias.js";
import { TokenRing } from "./token-ring.js";

/**
 * Chooses tokens from logits:
 *
 * ```
 * extra steps -> logit bias -> the steps of `samplers` -> greedy, draw or Mirostat
 * ```
 *
 * `sample` only chooses; the caller says by `accept` which tokens the text really holds, those of the prompt too.
 */
export class Sampler {
  /** The seed the random numbers start from. */
  readonly seed: number;

  readonly #options: ResolvedSampling;
  readonly #environment: SamplerEnvironment;
  /** Working memory of one `sample` call; clones share it, for no two calls overlap. */
  #candidates: Candidates | undefined;
  /** Run on the whole vocabulary, and may forbid tokens. */
  #first: SamplerStep[];
  #rest: SamplerStep[];
  #selection: Selection;
  #history: TokenRing;
  #random: Random;

  /** @throws LlamaError `option` where the options do not fit the vocabulary or context */
  constructor(options: ResolvedSampling, environment: SamplerEnvironment) {
    const { vocabularySize, contextSize } = environment;
    requirePositive("vocabularySize", vocabularySize);
    requirePositive("contextSize", contextSize);
    for (const id of options.logitBias.keys()) {
      if (id >= vocabularySize) throw outside("The option logitBias names", id, vocabularySize);
    }
    const { steps, selection } = buildChain(options, environment);
    const bias = options.logitBias.size > 0 ? [new LogitBias(options.logitBias)] : [];

    this.seed = options.seed;
    this.#options = options;
    this.#environment = environment;
    this.#first = [...(environment.steps ?? []), ...bias];
    this.#rest = steps;
    this.#selection = selection;
    this.#history = new TokenRing(contextSize);
    this.#random = new Random(options.seed);
  }

  /** Names of the steps that run, in order; the last one chooses. */
  get chain(): readonly string[] {
    return [...this.#first, ...this.#rest, this.#selection].map(({ name }) => name);
  }

  /**
   * Takes a token of the prompt or of the answer into the history.
   * @throws LlamaError `option` where the vocabulary has no such token
   */
  accept(id: number): void {
    const { vocabularySize } = this.#environment;
    if (!Number.isInteger(id) || id < 0 || id >= vocabularySize) {
      throw outside("The sampler was given", id, vocabularySize);
    }
    this.#history.push(id);
    for (const step of this.#first) step.accept?.(id);
    for (const step of this.#rest) step.accept?.(id);
  }

  /**
   * Chooses the next token.
   *
   * @param logits (vocabulary) as the model computed them; they are not changed
   * @throws LlamaError `numeric` where a logit is NaN or +Infinity or all are -Infinity, `option` where there are too
   *   few or many logits or every token is forbidden
   */
  sample(logits: Float32Array): number {
    return this.#choose(this.#load(logits));
  }

  /**
   * Chooses the next token exactly as `sample` does, and tells what the model itself thought, by the softmax of the
   * logits before any step of the chain.
   *
   * @param logits (vocabulary) as the model computed them; they are not changed
   * @param count how many of the most likely tokens to tell of; all where the vocabulary has fewer
   * @throws LlamaError as `sample`, and `option` where `count` is not a whole number of 0 or more
   */
  sampleWithProbabilities(logits: Float32Array, count: number): SampledToken {
    if (!Number.isInteger(count) || count < 0) {
      throw new LlamaError("option", `The number of log-probabilities must be a whole number from 0 (got ${count}).`);
    }
    const candidates = this.#load(logits);
    const { top, logTotal } = bestLogProbabilities(candidates, count);
    const id = this.#choose(candidates);
    return { id, logprob: (logits[id] as number) - logTotal, top };
  }

  /**
   * What the model itself thought of a token that was not sampled, as {@link sampleWithProbabilities} tells it.
   * @param logits (vocabulary) as the model computed them
   * @param count how many of the most likely tokens to tell of
   */
  probabilitiesOf(id: number, logits: Float32Array, count: number): SampledToken {
    const { top, logTotal } = bestLogProbabilities(this.#load(logits), count);
    return { id, logprob: (logits[id] as number) - logTotal, top };
  }

  /** Forgets all tokens and starts the random numbers over: back to the state after construction. */
  reset(): void {
    this.#history.clear();
    this.#random = new Random(this.seed);
    for (const step of this.#first) step.reset?.();
    for (const step of this.#rest) step.reset?.();
    this.#selection.reset?.();
  }

  /**
   * An independent sampler in the same state. Without a seed it goes on to choose what this one would; with one
   * (-1 = random) it keeps the history and draws anew, for a different answer to the same prompt.
   *
   * @throws LlamaError `option` where the seed is neither -1 nor a whole number from 0 to 2^32 - 1
   */
  clone(seed?: number): Sampler {
    const options = seed === undefined ? this.#options : { ...this.#options, seed: resolveSeed(seed) };
    const copy = new Sampler(options, this.#environment);
    copy.#candidates = this.#candidates;
    copy.#first = this.#first.map(cloneOf);
    copy.#rest = this.#rest.map(cloneOf);
    copy.#selection = this.#selection.clone?.() ?? this.#selection;
    copy.#history = this.#history.clone();
    if (seed === undefined) copy.#random = this.#random.clone();
    return copy;
  }

  #load(logits: Float32Array): Candidates {
    const { vocabularySize } = this.#environment;
    if (logits.length !== vocabularySize) {
      throw new LlamaError(
        "option",
        `Expected one logit for each of the ${vocabularySize} tokens, found ${logits.length}.`,
      );
    }
    this.#candidates ??= new Candidates(vocabularySize);
    this.#candidates.load(logits);
    return this.#candidates;
  }

  #choose(candidates: Candidates): number {
    const context: SamplerContext = { history: this.#history, random: this.#random };
    for (const step of this.#first) step.apply(candidates, context);
    if (candidates.holdsForbidden || this.#first.length > 0) candidates.removeForbidden();
    if (candidates.size === 0) {
      throw new LlamaError(
        "option",
        `No token may follow: ${this.#first.map(({ name }) => name).join(" and ")} forbid all ${candidates.capacity}; allow at least one.`,
      );
    }
    for (const step of this.#rest) step.apply(candidates, context);
    return candidates.ids[this.#selection.choose(candidates, context)] as number;
  }
}

function cloneOf(step: SamplerStep): SamplerStep {
  return step.clone?.() ?? step;
}

function requirePositive(name: string, found: number): void {
  if (Number.isSafeInteger(found) && found > 0) return;
  throw new LlamaError("option", `The sampler's ${name} must be a whole number above 0 (got ${found}).`);
}

function outside(what: string, id: number, vocabularySize: number): LlamaError {
  return new LlamaError(
    "option",
    `${what} token ${id}, and the vocabulary has the tokens 0 to ${vocabularySize - 1}: take ids from this model's tokenizer.`,
  );
}
