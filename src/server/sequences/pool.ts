import { commonLength } from "../../chat/cache-contents.js";
import { isOutOfMemory } from "../../errors.js";
import type { Session } from "../../generation/session.js";
import type { Llama } from "../../llama.js";
import type { LoraScale } from "../../loras.js";
import { RequestFailure } from "../failure.js";
import { WaitingLine } from "./waiting-line.js";

/** A session that answers, or answered and is kept for what its KV cache holds. */
export interface Sequence {
  readonly id: number;
  readonly session: Session;
  /** What the KV cache holds. */
  tokens: readonly number[];
  isBusy: boolean;
  /** Counts up: who was busy last has the largest. */
  used: number;
}

/** What a request takes sequences with. */
export interface SequenceWish {
  readonly prompt: readonly number[];
  /** How many, all with the same prompt. */
  readonly count: number;
  readonly loras?: readonly LoraScale[] | undefined;
  readonly signal: AbortSignal;
  /** A later prompt of a request that has had its turn: it may wait however many do. */
  readonly isAdmitted?: boolean;
}

/**
 * The sequences of a server: so many answers are computed at once, others wait in order. An idle sequence keeps its KV
 * cache, and who begins with the same tokens goes on from there; where memory is short, the one that was idle longest
 * gives its cache away.
 */
export class SequencePool {
  readonly #llama: Llama;
  readonly #line: WaitingLine;
  #sequences: Sequence[] = [];
  #nextId = 0;
  #uses = 0;
  readonly #onRelease: (() => void)[] = [];

  /** @param parallel sequences that there are at most; @param queue requests that may wait */
  constructor(llama: Llama, parallel: number, queue: number) {
    this.#llama = llama;
    this.#line = new WaitingLine(parallel, queue);
  }

  get parallel(): number {
    return this.#line.places;
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.#line.waiting;
  }

  get sequences(): readonly Sequence[] {
    return this.#sequences;
  }

  /** Gives no more sequences; those that are busy go on. */
  close(): void {
    this.#line.close();
  }

  /**
   * Takes sequences, once it is the request's turn: the first holds the longest beginning of the prompt that any idle
   * one has, but never all of it; the others are forks of it, with all of the prompt but its last token.
   * @throws RequestFailure where too many wait; the signal's reason when aborted
   */
  async acquire({ prompt, count, loras, signal, isAdmitted }: SequenceWish): Promise<Sequence[]> {
    if (count > this.parallel) {
      throw new RequestFailure(
        "invalid_request_error",
        `${count} answers were asked for, but this server computes ${this.parallel} at once; start it with --parallel ${count}, or ask for fewer.`,
        { param: "n" },
      );
    }
    await this.#line.enter(count, signal, isAdmitted);
    const taken: Sequence[] = [];
    try {
      const first = await this.#takeWhenPossible(prompt, loras, signal);
      taken.push(first);
      if (count > 1) await this.#evaluateForAll(first, prompt, signal);
      while (taken.length < count) taken.push(this.#fork(first));
      return taken;
    } catch (error) {
      this.#line.leave(count - taken.length);
      for (const sequence of taken) this.release(sequence, sequence.tokens);
      throw error;
    }
  }

  /** Does work that takes as much as an answer but no sequence, once it is the request's turn. */
  async inTurn<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#line.enter(1, signal);
    try {
      return await work();
    } finally {
      this.#line.leave(1);
    }
  }

  /** @param tokens what the session evaluated, at least as many as its position */
  release(sequence: Sequence, tokens: readonly number[]): void {
    sequence.tokens = tokens.slice(0, sequence.session.position);
    sequence.isBusy = false;
    sequence.used = ++this.#uses;
    this.#line.leave(1);
    for (const notify of this.#onRelease.splice(0)) notify();
  }

  /** Where memory is short, the next answer that ends makes room. */
  async #takeWhenPossible(
    prompt: readonly number[],
    loras: readonly LoraScale[] | undefined,
    signal: AbortSignal,
  ): Promise<Sequence> {
    for (;;) {
      const taken = this.#take(prompt, loras);
      if (taken !== undefined) return taken;
      if (this.#sequences.length === 0) throw noRoom();
      await new Promise<void>((resolve) => this.#onRelease.push(resolve));
      signal.throwIfAborted();
    }
  }

  #take(prompt: readonly number[], loras: readonly LoraScale[] | undefined): Sequence | undefined {
    const scales = loras ?? this.#llama.loras;
    const idle = this.#sequences.filter(({ isBusy }) => !isBusy);
    const fitting = idle.filter(({ session }) => hasScales(session, scales));
    let best: Sequence | undefined;
    let shared = 0;
    for (const sequence of fitting) {
      const common = Math.min(commonLength(sequence.tokens, prompt), prompt.length - 1);
      if (common > shared && sequence.session.canRewind(common)) [best, shared] = [sequence, common];
    }
    // A sequence that shares little keeps what it has, as long as there is room for another.
    const isWorthIt = best !== undefined && shared * 2 >= Math.min(best.tokens.length, prompt.length);
    const sequence = (isWorthIt ? best : undefined) ?? this.#create(loras) ?? best ?? this.#oldest();
    if (sequence === undefined) return undefined;
    if (sequence !== best) shared = 0;
    sequence.session.rewind(shared);
    if (shared === 0 && !hasScales(sequence.session, scales)) {
      sequence.session.setLoras(scales.map(({ id, scale }) => ({ id, scale })));
    }
    sequence.tokens = sequence.tokens.slice(0, shared);
    sequence.isBusy = true;
    return sequence;
  }

  async #evaluateForAll(first: Sequence, prompt: readonly number[], signal: AbortSignal): Promise<void> {
    const missing = prompt.slice(first.session.position, -1);
    if (missing.length > 0) await first.session.evaluate(missing, { signal });
    first.tokens = prompt.slice(0, -1);
  }

  #fork(first: Sequence): Sequence {
    while (this.#sequences.length >= this.parallel) this.#discard();
    const session = this.#freeing(() => first.session.fork());
    return this.#add(session, first.tokens);
  }

  /** Another sequence; undefined where there are as many as there may be, or memory for no more. */
  #create(loras: readonly LoraScale[] | undefined): Sequence | undefined {
    if (this.#sequences.length >= this.parallel) return undefined;
    try {
      return this.#add(this.#llama.createSession({ loras }), []);
    } catch (error) {
      if (isOutOfMemory(error)) return undefined;
      throw error;
    }
  }

  #add(session: Session, tokens: readonly number[]): Sequence {
    const sequence = { id: this.#nextId++, session, tokens, isBusy: true, used: ++this.#uses };
    this.#sequences.push(sequence);
    return sequence;
  }

  /** Makes room until it is enough. */
  #freeing(make: () => Session): Session {
    for (;;) {
      try {
        return make();
      } catch (error) {
        if (!isOutOfMemory(error) || this.#oldest() === undefined) throw error;
        this.#discard();
      }
    }
  }

  #oldest(): Sequence | undefined {
    return this.#sequences.filter(({ isBusy }) => !isBusy).sort((a, b) => a.used - b.used)[0];
  }

  #discard(): void {
    const oldest = this.#oldest();
    if (oldest === undefined) throw noRoom();
    oldest.session.dispose();
    this.#sequences = this.#sequences.filter((sequence) => sequence !== oldest);
  }
}

function hasScales(session: Session, scales: readonly LoraScale[]): boolean {
  return session.loras.every(({ id, scale }) => scale === (scales.find((wanted) => wanted.id === id)?.scale ?? 0));
}

function noRoom(): RequestFailure {
  return new RequestFailure(
    "unavailable_error",
    "There is no memory for another answer now; ask again, or start the server with a smaller --ctx-size or --parallel.",
  );
}
