import { RequestFailure } from "../failure.js";

interface Waiting {
  readonly count: number;
  readonly enter: () => void;
  readonly refuse: (failure: RequestFailure) => void;
}

/** So many places, and those who wait for one, in order. */
export class WaitingLine {
  /** How many there are. */
  readonly places: number;
  readonly #bound: number;
  #free: number;
  #line: Waiting[] = [];
  #isClosed = false;

  /** @param bound how many may wait */
  constructor(places: number, bound: number) {
    this.places = places;
    this.#free = places;
    this.#bound = bound;
  }

  get waiting(): number {
    return this.#line.length;
  }

  /**
   * Resolves once so many places are the caller's.
   * @param isAdmitted whether it may wait however many do
   * @throws RequestFailure where too many wait; the signal's reason when aborted
   */
  async enter(count: number, signal: AbortSignal, isAdmitted = false): Promise<void> {
    signal.throwIfAborted();
    if (this.#isClosed) throw shuttingDown();
    if (this.#line.length === 0 && this.#free >= count) {
      this.#free -= count;
      return;
    }
    if (!isAdmitted && this.#line.length >= this.#bound) {
      throw new RequestFailure("unavailable_error", "Too many requests wait for their turn; try again later.");
    }
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.#line = this.#line.filter((other) => other !== waiting);
        // Who stood in front may have been the one that needed more places than were free.
        this.#advance();
        reject(signal.reason as Error);
      };
      const settle = (act: () => void) => {
        signal.removeEventListener("abort", leave);
        act();
      };
      const waiting: Waiting = {
        count,
        enter: () => settle(resolve),
        refuse: (failure) => settle(() => reject(failure)),
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#line.push(waiting);
    });
  }

  leave(count: number): void {
    this.#free += count;
    this.#advance();
  }

  /** Refuses those who wait, and all who come. */
  close(): void {
    this.#isClosed = true;
    for (const waiting of this.#line.splice(0)) waiting.refuse(shuttingDown());
  }

  #advance(): void {
    for (let [first] = this.#line; first !== undefined && first.count <= this.#free; [first] = this.#line) {
      this.#line.shift();
      this.#free -= first.count;
      first.enter();
    }
  }
}

/** What everybody hears who came too late. */
export function shuttingDown(): RequestFailure {
  return new RequestFailure("unavailable_error", "The server is shutting down; ask another, or later.");
}
