import { HttpFailure } from "./http-failure.js";

/**
 * Ends what waits for a connection, on the caller's wish or when nothing has come for too long. `fetch` holds its
 * signal weakly, so that a body may go on waiting after an abort (seen on Node 20); hence waiting is ended here as
 * well.
 */
export class Watchdog {
  readonly #host: string;
  readonly #caller: AbortSignal | undefined;
  readonly #timeout: number;
  readonly #controller = new AbortController();
  readonly #onAbort = () => this.#end(this.#caller?.reason);
  #timer: NodeJS.Timeout | undefined;
  #reject: ((reason: unknown) => void) | undefined;

  /** @param timeout milliseconds, from now or from the last `feed` */
  constructor(host: string, caller: AbortSignal | undefined, timeout: number) {
    this.#host = host;
    this.#caller = caller;
    this.#timeout = timeout;
    caller?.throwIfAborted();
    caller?.addEventListener("abort", this.#onAbort, { once: true });
    this.feed();
  }

  /** Aborted when it is over, for the connection to be closed. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something has come: the time begins anew. */
  feed(): void {
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#end(this.#stalled()), this.#timeout);
    else this.#timer.refresh();
  }

  /** Nothing is waited for until the next `feed`. */
  pause(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Settles as the promise does, unless it is over before; one at a time. */
  wait<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      promise.then(resolve, reject);
      if (this.signal.aborted) reject(this.signal.reason);
    });
  }

  /** The pieces of a body as they come. */
  async *chunks(response: Response): AsyncGenerator<Uint8Array> {
    const reader = response.body?.getReader();
    if (reader === undefined) return;
    try {
      while (true) {
        this.feed();
        const { done, value } = await this.wait(reader.read());
        if (done) return;
        yield value;
      }
    } finally {
      reader.cancel().catch(() => {}); // it has failed, or has ended
    }
  }

  dispose(): void {
    this.pause();
    this.#caller?.removeEventListener("abort", this.#onAbort);
  }

  #end(reason: unknown): void {
    this.dispose();
    this.#reject?.(reason);
    this.#controller.abort(reason);
  }

  #stalled(): HttpFailure {
    return new HttpFailure(this.#host, { detail: "nothing comes any more", isTransient: true });
  }
}

/** A controller that is aborted with a signal too, until it is let go. */
export function linkedController(signal: AbortSignal | undefined): { controller: AbortController; unlink: () => void } {
  const controller = new AbortController();
  const onAbort = () => controller.abort(signal?.reason);
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  return { controller, unlink: () => signal?.removeEventListener("abort", onAbort) };
}

/** Lets the rest of an answer go. It is not waited for: a connection may be slow to close. */
export function discard(response: Response): void {
  response.body?.cancel().catch(() => {});
}
