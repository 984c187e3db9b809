import type { Served } from "../served.js";
import { type AnswerPiece, type AnswerResult, type AnswerSource, Answers, type UnderWay } from "./answer.js";
import { merged } from "./merged.js";

/**
 * Answers to several prompts of one request, each as if it had been asked alone: as many at once as the server
 * computes, the others as those before them end. Answers count through, prompt by prompt.
 */
export class Batch implements UnderWay {
  readonly promptTokens: number;
  readonly #served: Served;
  readonly #prompts: readonly (readonly number[])[];
  #source: Omit<AnswerSource, "prompt">;
  readonly #signal: AbortSignal;
  /** By prompt. */
  readonly #begun = new Map<number, Answers>();
  #isEnded = false;

  private constructor(
    served: Served,
    prompts: readonly (readonly number[])[],
    source: Omit<AnswerSource, "prompt">,
    signal: AbortSignal,
  ) {
    this.promptTokens = prompts.reduce((sum, { length }) => sum + length, 0);
    this.#served = served;
    this.#prompts = prompts;
    this.#source = source;
    this.#signal = signal;
  }

  /**
   * Waits for the turn of the first prompt, and begins with it: a request that is refused is refused here.
   * @throws RequestFailure where a prompt is too long, or too many wait
   */
  static async begin(
    served: Served,
    prompts: readonly (readonly number[])[],
    source: Omit<AnswerSource, "prompt">,
    signal: AbortSignal,
  ): Promise<Batch> {
    for (const prompt of prompts) served.checkLength(prompt);
    const batch = new Batch(served, prompts, source, signal);
    const { form } = await batch.#begin(0);
    batch.#source = { ...source, form };
    return batch;
  }

  get tokens(): number {
    return [...this.#begun.values()].reduce((sum, { tokens }) => sum + tokens, 0);
  }

  get generateMs(): number {
    return Math.max(0, ...[...this.#begun.values()].map(({ generateMs }) => generateMs));
  }

  /** How many answers there will be. */
  get count(): number {
    return this.#prompts.length * this.#source.count;
  }

  /** Of all answers in order, once they have ended. */
  get results(): readonly AnswerResult[] {
    return this.#prompts.flatMap((_, place) => this.#begun.get(place)?.answers.map(({ result }) => result) ?? []);
  }

  /** The pieces of all answers as they come. */
  pieces(): AsyncGenerator<AnswerPiece, void, undefined> {
    const places = this.#prompts.keys();
    const lanes = Math.max(1, Math.floor(this.#served.pool.parallel / this.#source.count));
    return merged(
      Array.from({ length: lanes }, () => this.#lane(places)),
      () => this.end(),
    );
  }

  /** Computes all of them. */
  async finish(): Promise<readonly AnswerResult[]> {
    for await (const _ of this.pieces()) {
      // They are kept by the answers.
    }
    return this.results;
  }

  end(): void {
    this.#isEnded = true;
    for (const answers of this.#begun.values()) answers.end();
  }

  /** One prompt after the other, of those that no other lane has taken. */
  async *#lane(places: IterableIterator<number>): AsyncGenerator<AnswerPiece, void, undefined> {
    for (const place of places) {
      if (this.#isEnded) return;
      const answers = this.#begun.get(place) ?? (await this.#begin(place));
      const first = place * this.#source.count;
      for await (const piece of answers.pieces()) yield { ...piece, index: first + piece.index };
    }
  }

  async #begin(place: number): Promise<Answers> {
    const prompt = this.#prompts[place] as readonly number[];
    const answers = await Answers.begin(this.#served, { ...this.#source, prompt }, this.#signal, place > 0);
    this.#begun.set(place, answers);
    if (this.#isEnded) answers.end();
    return answers;
  }
}
