import { LlamaError } from "../errors.js";
import type { LogitsWanted } from "./run/job.js";
import type { KvCache } from "./team/cache-store.js";

/** How long a call may take, and how it tells of itself. */
export interface EvaluateOptions {
  /**
   * Ends it; the promise is rejected with the signal's reason at once, and the tokens count up to the last whole batch.
   */
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the part that is done, 0 to 1, and with 1 at the end. What it throws ends the call. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** Tokens of a sequence on their way through the network, in as many batches as it takes. */
export class Evaluation {
  readonly cache: KvCache;
  readonly logits: Exclude<LogitsWanted, typeof LogitsWanted.NONE>;
  readonly #tokens: readonly number[];
  readonly #onRow: (index: number, row: Float32Array) => void;
  readonly #options: EvaluateOptions;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  #done = 0;
  #isOver = false;

  constructor(
    cache: KvCache,
    tokens: readonly number[],
    logits: Evaluation["logits"],
    onRow: (index: number, row: Float32Array) => void,
    options: EvaluateOptions,
    settle: { readonly resolve: () => void; readonly reject: (error: unknown) => void },
  ) {
    this.cache = cache;
    this.logits = logits;
    this.#tokens = tokens;
    this.#onRow = onRow;
    this.#options = options;
    this.#resolve = settle.resolve;
    this.#reject = settle.reject;
  }

  get left(): number {
    return this.#tokens.length - this.#done;
  }

  /** Whether the caller has its answer. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get wantsProgress(): boolean {
    return this.#options.onProgress !== undefined;
  }

  /** Whether the cache has room for what is left; fails if not. */
  fits(): boolean {
    const { contextSize, length } = this.cache;
    const free = contextSize - length;
    if (this.left <= free) return true;
    const tokens = this.left === 1 ? "1 token does" : `${this.left} tokens do`;
    this.fail(
      new LlamaError(
        "context",
        `${tokens} not fit: ${free} of the context's ${contextSize} positions are free; shorten the prompt or choose a larger context size.`,
      ),
    );
    return false;
  }

  next(count: number): readonly number[] {
    return this.#tokens.slice(this.#done, this.#done + count);
  }

  /** Takes note of a batch with the next `count` tokens, whose rows of logits or hidden states `readRow` gives. */
  advance(count: number, rows: number, readRow: (index: number) => Float32Array): void {
    const first = this.#done + count - rows;
    this.#done += count;
    this.#try(() => {
      for (let i = 0; i < rows; i++) this.#onRow(first + i, readRow(i));
    });
    this.report(0, 0);
    if (this.left === 0) this.#end(this.#resolve);
  }

  /** Tells of progress: `part` of the next `count` tokens is done. */
  report(count: number, part: number): void {
    this.#try(() => this.#options.onProgress?.((this.#done + count * part) / this.#tokens.length));
  }

  fail(error: unknown): void {
    this.#end(() => this.#reject(error));
  }

  /** What a caller's own function throws is the caller's. */
  #try(call: () => void): void {
    if (this.#isOver) return;
    try {
      call();
    } catch (error) {
      this.fail(error);
    }
  }

  #end(settle: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    settle();
  }
}

/** @throws LlamaError `option` where there are none, and for ids outside the vocabulary */
export function checkTokens(tokens: readonly number[], vocabularySize: number): void {
  if (tokens.length === 0) {
    throw new LlamaError("option", "There are no tokens to evaluate; give at least one.");
  }
  for (const token of tokens) {
    if (Number.isInteger(token) && token >= 0 && token < vocabularySize) continue;
    throw new LlamaError(
      "option",
      `Token ${token} is not in the vocabulary; expected an id from 0 to ${vocabularySize - 1}.`,
    );
  }
}
