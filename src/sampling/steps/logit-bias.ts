import type { Candidates } from "../candidates.js";
import type { SamplerStep } from "../step.js";

/** Adds to the logits of chosen tokens; -Infinity forbids one. */
export class LogitBias implements SamplerStep {
  readonly name = "logit_bias";
  readonly #bias: ReadonlyMap<number, number>;

  /** @param bias token id -> what to add, finite or -Infinity */
  constructor(bias: ReadonlyMap<number, number>) {
    this.#bias = bias;
  }

  apply(candidates: Candidates): void {
    const { ids, logits, size } = candidates;
    // Runs before anything reorders, so nearly always the id is the position.
    for (const [id, bias] of this.#bias) {
      const position = id < size && ids[id] === id ? id : ids.subarray(0, size).indexOf(id);
      if (position >= 0) logits[position] = (logits[position] as number) + bias;
    }
    candidates.sorted = false;
  }
}
