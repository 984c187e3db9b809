import { LlamaError } from "../errors.js";
import type { Candidates } from "../sampling/candidates.js";
import type { SamplerStep } from "../sampling/step.js";

/** Lets an answer begin with a given text and nothing else, whichever tokens spell it (token healing). */
export class BeginningStep implements SamplerStep {
  readonly name = "beginning";
  readonly #bytesOf: (id: number) => Uint8Array;
  #left: Uint8Array;
  #hasBegun = false;

  /** @param bytesOf gives the text of a token */
  constructor(text: string, bytesOf: (id: number) => Uint8Array) {
    this.#left = new TextEncoder().encode(text);
    this.#bytesOf = bytesOf;
  }

  /** @throws LlamaError `unsupported` where no token of the vocabulary begins so */
  apply(candidates: Candidates): void {
    this.#hasBegun = true;
    if (this.#left.length === 0) return;
    const { ids, logits, size } = candidates;
    let allowed = 0;
    for (let i = 0; i < size; i++) {
      if (this.#agrees(this.#bytesOf(ids[i] as number))) allowed++;
      else logits[i] = Number.NEGATIVE_INFINITY;
    }
    candidates.sorted = false;
    if (allowed > 0) return;
    throw new LlamaError(
      "unsupported",
      "The vocabulary has no token that begins as the answer must; turn token healing off.",
    );
  }

  accept(id: number): void {
    // The prompt is not held to it.
    if (this.#hasBegun) this.#left = this.#left.subarray(this.#bytesOf(id).length);
  }

  #agrees(bytes: Uint8Array): boolean {
    const shared = Math.min(bytes.length, this.#left.length);
    if (shared === 0) return false;
    for (let i = 0; i < shared; i++) if (bytes[i] !== this.#left[i]) return false;
    return true;
  }
}
