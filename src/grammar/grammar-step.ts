import type { Candidates } from "../sampling/candidates.js";
import type { SamplerStep } from "../sampling/step.js";
import { grammarError } from "./errors.js";
import type { Matcher } from "./matcher.js";

/**
 * Holds a sampler to a grammar: before all other steps, forbids the tokens that the grammar does not allow next. A
 * prompt is not held to it. The answer begins with the first token that is sampled, or at `begin`.
 */
export class GrammarStep implements SamplerStep {
  readonly name = "grammar";
  readonly matcher: Matcher;
  readonly #encode: (text: string) => readonly number[];
  #hasBegun = false;

  /**
   * @param matcher at the beginning of the answer
   * @param encode gives the tokens of a text that continues another; without it no token is ever forced
   */
  constructor(matcher: Matcher, encode: (text: string) => readonly number[] = () => []) {
    this.matcher = matcher;
    this.#encode = encode;
  }

  /** Whether the answer is whole, and nothing may follow. */
  get isOver(): boolean {
    return this.matcher.isOver;
  }

  /** Tokens that must come next, whatever the model thinks. */
  forcedTokens(): readonly number[] {
    return this.matcher.forcedTokens(this.#encode);
  }

  /** Says that the prompt is over: needed where the answer's first token is not sampled but given. */
  begin(): void {
    this.#hasBegun = true;
  }

  /**
   * @throws LlamaError `grammar` where no token of the vocabulary may follow, because the text has ended or because it
   *   cannot be spelled
   */
  apply(candidates: Candidates): void {
    this.begin();
    const mask = this.matcher.mask();
    const { ids, logits, size } = candidates;
    let allowed = 0;
    for (let i = 0; i < size; i++) {
      const id = ids[i] as number;
      if ((((mask[id >>> 5] ?? 0) >>> (id & 31)) & 1) === 1) allowed++;
      else logits[i] = Number.NEGATIVE_INFINITY;
    }
    candidates.sorted = false;
    if (allowed > 0) return;
    throw grammarError(
      this.matcher.isComplete
        ? "The answer is complete by its grammar, and the vocabulary has no token to end it with."
        : "The vocabulary has no token that continues the answer as its grammar allows.",
    );
  }

  /** @throws LlamaError `grammar` where a token of the answer is not allowed */
  accept(id: number): void {
    if (!this.#hasBegun || this.matcher.accept(id)) return;
    throw grammarError(`The grammar does not allow token ${id} at token ${this.matcher.length + 1} of the answer.`);
  }

  reset(): void {
    this.matcher.rollback(this.matcher.length);
    this.#hasBegun = false;
  }

  clone(): GrammarStep {
    const copy = new GrammarStep(this.matcher.clone(), this.#encode);
    copy.#hasBegun = this.#hasBegun;
    return copy;
  }
}
