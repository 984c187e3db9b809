import type { Answers } from "./answer/answer.js";
import type { StreamFormat } from "./response/streamed.js";
import { streamed } from "./response/streamed.js";
import type { Served } from "./served.js";

/**
 * All that is being answered: a stream that nobody reads from is held by nobody else, and who has gone must be heard
 * of, or the answer never ends.
 */
const underWay = new Set<Exchange>();

/** A request while it is answered: what endpoints are handed. */
export class Exchange {
  readonly request: Request;
  readonly served: Served;
  readonly #abort = new AbortController();
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal = this.#abort.signal;
  /** Those that say so: the request's own follows the one that was given to `fetch`, but only weakly. */
  readonly #signals: readonly AbortSignal[];
  readonly #leave = () => this.#abort.abort(this.reasonToLeave);
  readonly #onEnd: (exchange: Exchange, error?: unknown) => void;
  /** Set once the prompt is known. */
  answers: Answers | undefined;
  /** Of a request without answers, such as for an embedding. */
  promptTokens = 0;
  isStreamed = false;
  #isOver = false;

  /**
   * @param given to `fetch` beside the request
   * @param onEnd called once, when all of the answer was handed on or the client has gone
   */
  constructor(
    request: Request,
    given: AbortSignal | undefined,
    served: Served,
    onEnd: (exchange: Exchange, error?: unknown) => void,
  ) {
    this.request = request;
    this.served = served;
    this.#onEnd = onEnd;
    this.#signals = given === undefined ? [request.signal] : [request.signal, given];
    for (const signal of this.#signals) signal.addEventListener("abort", this.#leave, { once: true });
    if (this.hasLeft) this.#leave();
    underWay.add(this);
  }

  /** Whether the client has gone by its own signal. */
  get hasLeft(): boolean {
    return this.#signals.some(({ aborted }) => aborted);
  }

  get reasonToLeave(): unknown {
    return this.#signals.find(({ aborted }) => aborted)?.reason;
  }

  /** Streams items; ends what is under way when the client has gone. */
  stream(items: AsyncGenerator<unknown, void, undefined>, format: StreamFormat): Response {
    this.isStreamed = true;
    return streamed(items, format, this.signal, (error) => {
      if (error !== undefined) this.#abort.abort(error);
      this.end(error);
    });
  }

  /** Has texts read once it is the request's turn, and counts their tokens. */
  readInTurn<T extends { readonly tokens: number }>(read: (signal: AbortSignal) => Promise<T[]>): Promise<T[]> {
    const { pool, metrics } = this.served;
    return pool.inTurn(this.signal, async () => {
      const start = performance.now();
      const found = await read(this.signal);
      this.promptTokens = found.reduce((sum, { tokens }) => sum + tokens, 0);
      metrics.countPrompt(this.promptTokens, performance.now() - start);
      return found;
    });
  }

  end(error?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    underWay.delete(this);
    for (const signal of this.#signals) signal.removeEventListener("abort", this.#leave);
    // A stream that nobody read from never began its answers.
    this.answers?.end();
    this.#onEnd(this, error);
  }
}
