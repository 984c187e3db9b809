import { HttpFailure } from "./http-failure.js";
import type { HubSettings } from "./settings.js";

const TRIES = 5;
const FIRST_DELAY = 1000;
const MAX_DELAY = 30_000;
/** The hub counts requests over five minutes; a server that asks for more wait than that is not waited for. */
const MAX_RETRY_AFTER = 310_000;

/** Counts tries that led nowhere, and waits between them, longer each time or as long as the server asks. */
export class Retries {
  readonly #settings: HubSettings;
  #failed = 0;

  constructor(settings: HubSettings) {
    this.#settings = settings;
  }

  /** Something was gained: what failed before does not count any more. */
  reset(): void {
    this.#failed = 0;
  }

  /** Waits before the next try. @throws the failure itself where there should be none */
  async wait(failure: HttpFailure): Promise<void> {
    this.#failed++;
    const { retryAfter } = failure;
    if (!failure.isTransient || this.#failed >= TRIES || (retryAfter ?? 0) > MAX_RETRY_AFTER) throw failure;
    const backoff = Math.min(MAX_DELAY, FIRST_DELAY * 2 ** (this.#failed - 1));
    const delay = retryAfter ?? backoff * (0.75 + 0.5 * Math.random()); // spread, as others were refused at the same time
    if (delay >= 5000) {
      this.#settings.onNotice(`${failure.host} is busy; trying again in ${Math.round(delay / 1000)} s.`);
    }
    const { signal } = this.#settings;
    await this.#settings.sleep(delay, signal).catch((error: unknown) => {
      signal?.throwIfAborted(); // with the caller's reason, not the timer's
      throw error;
    });
    signal?.throwIfAborted();
  }
}

/**
 * Tries an action until it succeeds or fails for good. Where the system says at once that there is no way to the host,
 * it is believed.
 */
export async function withRetries<T>(settings: HubSettings, action: () => Promise<T>): Promise<T> {
  const retries = new Retries(settings);
  while (true) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof HttpFailure) || error.isUnreachable) throw error;
      await retries.wait(error);
    }
  }
}
