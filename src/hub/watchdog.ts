import { HttpFailure } from "./http-failure.js";

/**
 * Ends what waits for a server, on the caller's wish or when nothing has come for too long. Only waiting counts: what
 * takes the bytes, such as a slow disk, may take its time. `fetch` holds its signal weakly, so that a body may go on
 * waiting after an abort (seen on Node 20); hence waiting is ended here as well.
 */
export class Watchdog {
  readonly #host: string;
  readonly #caller: AbortSignal | undefined;
  readonly #timeout: number;
  readonly #controller = new AbortController();
  readonly #onAbort = () => this.#end(this.#caller?.reason);
  readonly #isForAll: boolean;
  #timer: NodeJS.Timeout | undefined;
  #lastLook: NodeJS.Immediate | undefined;
  #reject: ((reason: unknown) => void) | undefined;

  /**
   * @param timeout milliseconds
   * @param counts what they are for: each wait, or all of them together
   */
  constructor(host: string, caller: AbortSignal | undefined, timeout: number, counts: "each" | "all" = "each") {
    this.#host = host;
    this.#caller = caller;
    this.#timeout = timeout;
    this.#isForAll = counts === "all";
    caller?.throwIfAborted();
    caller?.addEventListener("abort", this.#onAbort, { once: true });
    if (this.#isForAll) this.#start();
  }

  /** Aborted when it is over, for the connection to be closed. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Settles as the promise does, unless it is over before; one at a time. */
  async wait<T>(promise: Promise<T>): Promise<T> {
    if (!this.#isForAll) this.#start();
    try {
      return await new Promise<T>((resolve, reject) => {
        this.#reject = reject;
        promise.then(resolve, reject);
        if (this.signal.aborted) reject(this.signal.reason);
      });
    } finally {
      this.#reject = undefined;
      if (!this.#isForAll) this.#stop();
    }
  }

  /** The pieces of a body as they come. */
  async *chunks(response: Response): AsyncGenerator<Uint8Array> {
    const reader = response.body?.getReader();
    if (reader === undefined) return;
    try {
      while (true) {
        const { done, value } = await this.wait(reader.read());
        if (done) return;
        yield value;
      }
    } finally {
      reader.cancel().catch(() => {}); // it has failed, or has ended
    }
  }

  dispose(): void {
    this.#stop();
    this.#caller?.removeEventListener("abort", this.#onAbort);
  }

  #start(): void {
    this.#timer = setTimeout(() => {
      // A process that was stopped, or busy, finds the time passed before it has looked at what came meanwhile.
      this.#lastLook = setImmediate(() => this.#end(this.#stalled()));
    }, this.#timeout);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#lastLook);
  }

  #end(reason: unknown): void {
    this.dispose();
    this.#reject?.(reason);
    this.#controller.abort(reason);
  }

  #stalled(): HttpFailure {
    return new HttpFailure(this.#host, { detail: "it has stopped sending", isTransient: true });
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
