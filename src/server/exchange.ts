import type { UnderWay } from "./answer/answer.js";
import type { StreamFormat } from "./response/streamed.js";
import { streamed } from "./response/streamed.js";
import type { Served } from "./served.js";

/** A request while it is answered: what endpoints are handed. */
export class Exchange {
  readonly request: Request;
  readonly served: Served;
  readonly #abort = new AbortController();
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
  readonly #onEnd: (exchange: Exchange, error?: unknown) => void;
  /** Set once the prompt is known. */
  answers: UnderWay | undefined;
  /** Of a request without answers, such as for an embedding. */
  promptTokens = 0;
  isStreamed = false;
  #isOver = false;

  /** @param onEnd called once, when all of the answer was handed on or the client has gone */
  constructor(request: Request, served: Served, onEnd: (exchange: Exchange, error?: unknown) => void) {
    this.request = request;
    this.served = served;
    this.signal = AbortSignal.any([request.signal, this.#abort.signal]);
    this.#onEnd = onEnd;
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
    // A stream that nobody read from never began its answers.
    this.answers?.end();
    this.#onEnd(this, error);
  }
}
