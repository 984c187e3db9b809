import { LlamaError } from "../errors.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import type { Session } from "./session.js";

/** What is measured: a loaded model. */
export interface PerplexityModel {
  readonly tokenizer: Tokenizer;
  /** Tokens that a session can hold. */
  readonly contextSize: number;
  /** Begins an empty sequence. */
  createSession(): Session;
}

/** How to measure perplexity. */
export interface PerplexityOptions {
  /** Called after every batch with the part that is done, 0 to 1, and the perplexity so far. */
  readonly onProgress?: ((done: number, soFar: number) => void) | undefined;
  /** Called now and then with the part of the text that was split into tokens, 0 to 1; that comes before all else. */
  readonly onEncodeProgress?: ((done: number) => void) | undefined;
  /** Ends the measurement; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** How well a model predicts a text. */
export interface Perplexity {
  /** e^(mean negative log-likelihood). */
  readonly perplexity: number;
  /** Standard error of `perplexity`, from the spread of the tokens' likelihoods. */
  readonly standardError: number;
  /** Tokens that were predicted. */
  readonly tokens: number;
  /** Windows that the text was cut into. */
  readonly windows: number;
}

/**
 * The strided perplexity that llama.cpp reports: the text is cut into windows of the context's size, each begins with
 * BOS where the model wants one, and the second half of each is predicted from what stands before it.
 * @throws LlamaError `option` where the text does not fill two windows
 */
export async function measurePerplexity(
  llama: PerplexityModel,
  text: string,
  options: PerplexityOptions = {},
): Promise<Perplexity> {
  const { tokenizer, contextSize } = llama;
  const ids = await tokenizer.encodeAsync(text, { signal: options.signal, onProgress: options.onEncodeProgress });
  const windows = Math.floor(ids.length / contextSize);
  if (windows < 2) {
    throw new LlamaError(
      "option",
      `Perplexity needs at least two contexts (${2 * contextSize} tokens), and the text has ${ids.length}; use a longer text or a smaller context.`,
    );
  }
  const first = Math.floor(contextSize / 2);
  const losses = new LossSum();
  const session = llama.createSession();
  try {
    for (let window = 0; window < windows; window++) {
      const start = window * contextSize;
      const tokens = ids.slice(start, start + contextSize);
      if (tokenizer.addBos && tokenizer.bosId !== undefined) tokens[0] = tokenizer.bosId;
      session.rewind(0);
      const score = (index: number, logits: Float32Array) => {
        const next = tokens[index + 1];
        if (index >= first && next !== undefined) losses.add(-logProbability(logits, next));
      };
      const onProgress = (done: number) => options.onProgress?.((window + done) / windows, losses.perplexity);
      await session.evaluateEach(tokens, score, { signal: options.signal, onProgress });
    }
  } finally {
    session.dispose();
  }
  return { perplexity: losses.perplexity, standardError: losses.standardError, tokens: losses.count, windows };
}

/** Mean and spread of negative log-likelihoods, in nats. */
class LossSum {
  count = 0;
  #sum = 0;
  #squares = 0;

  add(loss: number): void {
    this.count++;
    this.#sum += loss;
    this.#squares += loss * loss;
  }

  get perplexity(): number {
    return Math.exp(this.#sum / this.count);
  }

  /** By the delta method: the error of the mean, times the derivative of e^x there. */
  get standardError(): number {
    const mean = this.#sum / this.count;
    const variance = Math.max(0, this.#squares / this.count - mean * mean);
    return Math.sqrt(variance / Math.max(1, this.count - 1)) * this.perplexity;
  }
}

/** ln p(id) by the softmax of the logits. */
function logProbability(logits: Float32Array, id: number): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) highest = Math.max(highest, logit);
  let total = 0;
  for (const logit of logits) total += Math.exp(logit - highest);
  const found = (logits[id] ?? Number.NaN) - highest - Math.log(total);
  if (Number.isNaN(found)) {
    throw new LlamaError("numeric", "The model computed logits that are not numbers; its weights are damaged.");
  }
  return found;
}
