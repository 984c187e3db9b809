import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DEFAULT_SAMPLERS, resolveSampling, SAMPLER_NAMES, type SamplingOptions } from "#dist/sampling/options.js";
import { Sampler } from "#dist/sampling/sampler.js";
import type { SamplerStep } from "#dist/sampling/step.js";
import { SequenceBreakers } from "#dist/sampling/steps/sequence-breakers.js";
import { assertDistribution, logitsOf, normalised, PLAIN, samplerAfter, softmax } from "../../helpers/distribution.js";

const FOUR = logitsOf([0.5, 0.25, 0.15, 0.1]);

test("top-n-sigma keeps logits within n deviations of the largest", () => {
  // Their mean is 0 and their variance (4 + 1 + 0 + 9) / 4, so sigma is 1.871.
  const logits = Float32Array.of(2, 1, 0, -3);
  assertDistribution({ topNSigma: 0.5 }, logits, [1, 0, 0, 0]);
  assertDistribution({ topNSigma: 1 }, logits, [...softmax([2, 1]), 0, 0]);
  assertDistribution({ topNSigma: 1.5 }, logits, [...softmax([2, 1, 0]), 0]);
  // The bound moves with the logits.
  assertDistribution({ topNSigma: 1, samplers: ["temperature", "top_n_sigma"], temperature: 10 }, logits, [
    ...softmax([0.2, 0.1]),
    0,
    0,
  ]);
});

test("XTC leaves the least likely of the top choices, as often as it is told to", () => {
  assertDistribution({ xtcProbability: 1, xtcThreshold: 0.2 }, FOUR, [0, 0.5, 0.3, 0.2]);
  assertDistribution({ xtcProbability: 1, xtcThreshold: 0.12 }, FOUR, [0, 0, 0.6, 0.4]);
  // Half of the draws are from [0.5, 0.25, 0.15, 0.1] and half from [0, 0.5, 0.3, 0.2].
  assertDistribution({ xtcProbability: 0.5, xtcThreshold: 0.2 }, FOUR, [0.25, 0.375, 0.225, 0.15]);
  // One top choice alone is no choice; nor is there one where a threshold is above a half.
  assertDistribution({ xtcProbability: 1, xtcThreshold: 0.3 }, FOUR, [0.5, 0.25, 0.15, 0.1]);
  assertDistribution({ xtcProbability: 1, xtcThreshold: 0.6 }, FOUR, [0.5, 0.25, 0.15, 0.1]);
});

test("the dynamic temperature lies between its ends as the entropy does", () => {
  const powers = (exponent: number) => normalised([0.5, 0.25, 0.15, 0.1].map((p) => p ** exponent));
  // The entropy is 1.2080 nats of ln 4 = 1.3863 at most: 0.8714 of the way from 0.5 to 1.5, squared 0.7593 of it.
  assertDistribution({ dynatempRange: 0.5 }, FOUR, powers(1 / 1.3714));
  assertDistribution({ dynatempRange: 0.5, dynatempExponent: 2 }, FOUR, powers(1 / 1.2593));
  // No lower end is below 0: here it is 0.8714 of the way from 0 to 3.
  assertDistribution({ dynatempRange: 2 }, FOUR, powers(1 / 2.6142));
});

test("DRY takes multiplier * base ^ (length - allowed length) from what would go on with a repetition", () => {
  const flat = new Float32Array(4);
  const dry: SamplingOptions = { dryMultiplier: 0.5, dryBase: 2, dryAllowedLength: 2, drySequenceBreakers: [] };
  // "0 1" was followed by 2 before: a repetition of two tokens.
  assertDistribution(dry, flat, softmax([0, 0, -0.5, 0]), [0, 1, 2, 0, 1]);
  // "0 1 2" was followed by 3: three tokens.
  assertDistribution(dry, flat, softmax([0, 0, 0, -1]), [0, 1, 2, 3, 0, 1, 2]);
  // Of two repetitions the longer counts: "3 0 1" was followed by 2, and "0 1" by 2 and by 3.
  assertDistribution(dry, flat, softmax([0, 0, -1, -0.5]), [3, 0, 1, 2, 0, 1, 3, 3, 0, 1]);
  // One token is within what is allowed.
  assertDistribution(dry, flat, softmax([0, 0, 0, 0]), [1, 2, 0, 1]);
  assertDistribution({ ...dry, dryAllowedLength: 1 }, flat, softmax([0, 0, -0.5, 0]), [1, 2, 0, 1]);
  // A window of four tokens no longer holds the first "0 1".
  assertDistribution({ ...dry, dryPenaltyLastN: 4 }, flat, softmax([0, 0, 0, 0]), [0, 1, 2, 0, 1]);
});

test("DRY does not look across a sequence breaker, and never penalises one", () => {
  const flat = new Float32Array(4);
  const dry: SamplingOptions = { dryMultiplier: 0.5, dryBase: 2, dryAllowedLength: 2 };
  // Tokens are spelled as their numbers. Behind the 1 there is nothing left to repeat.
  assertDistribution({ ...dry, drySequenceBreakers: ["1"] }, flat, softmax([0, 0, 0, 0]), [0, 1, 2, 0, 1]);
  // The breaker in front leaves "0 1" of "3 0 1".
  assertDistribution({ ...dry, drySequenceBreakers: ["3"] }, flat, softmax([0, 0, -0.5, 0]), [3, 0, 1, 2, 3, 0, 1]);
  assertDistribution({ ...dry, drySequenceBreakers: ["2"] }, flat, softmax([0, 0, 0, 0]), [0, 1, 2, 0, 1]);
});

test("Mirostat 2 draws from the tokens whose surprise is below twice its target, at first", () => {
  // Surprises of 1, 2, 2.74 and 3.32 bits; at a rate of 0 the bound stays where it is.
  const mirostat: SamplingOptions = { mirostat: 2, mirostatEta: 0 };
  assertDistribution({ ...mirostat, mirostatTau: 0.9 }, FOUR, [1, 0, 0, 0]);
  assertDistribution({ ...mirostat, mirostatTau: 1.1 }, FOUR, [2 / 3, 1 / 3, 0, 0]);
  assertDistribution({ ...mirostat, mirostatTau: 1.5 }, FOUR, [5 / 9, 2.5 / 9, 1.5 / 9, 0]);
  // The best token stays even where it is too surprising.
  assertDistribution({ ...mirostat, mirostatTau: 0 }, FOUR, [1, 0, 0, 0]);
});

test("Mirostat 1 draws from as many tokens as Zipf's law has within the bound, at first", () => {
  // Probabilities of 1 / rank^2: the exponent is 2, so k = (2^(2 tau) / (1 - 1/4)) ^ (1/2) of the 4 tokens.
  const logits = logitsOf(normalised([1, 1 / 4, 1 / 9, 1 / 16]));
  const mirostat: SamplingOptions = { mirostat: 1, mirostatEta: 0 };
  assertDistribution({ ...mirostat, mirostatTau: 0.5 }, logits, [1, 0, 0, 0]); // k = 1.63
  assertDistribution({ ...mirostat, mirostatTau: 1 }, logits, [4 / 5, 1 / 5, 0, 0]); // k = 2.31
  assertDistribution({ ...mirostat, mirostatTau: 1.5 }, logits, [36 / 49, 9 / 49, 4 / 49, 0]); // k = 3.27
});

test("the steps run in the order that is given, and in llama.cpp's by default", () => {
  assert.deepEqual(DEFAULT_SAMPLERS, [
    "penalties",
    "dry",
    "top_n_sigma",
    "top_k",
    "typ_p",
    "top_p",
    "min_p",
    "xtc",
    "temperature",
  ]);
  assert.deepEqual(SAMPLER_NAMES, [...DEFAULT_SAMPLERS, "infill"]);
  // Squared, the best token has 0.725 and reaches 0.7 alone; as it is, it takes two.
  const both: SamplingOptions = { temperature: 0.5, topP: 0.7 };
  assertDistribution({ ...both, samplers: ["temperature", "top_p"] }, FOUR, [1, 0, 0, 0]);
  assertDistribution({ ...both, samplers: ["top_p", "temperature"] }, FOUR, [0.8, 0.2, 0, 0]);
});

/** A grammar in small: tokens below 2 and the others come in turn, after a 3 only 0. */
class Alternating implements SamplerStep {
  readonly name = "alternating";
  #last: number | undefined;

  apply({ ids, logits, size }: Parameters<SamplerStep["apply"]>[0]): void {
    for (let i = 0; i < size; i++) {
      if (!this.#allows(ids[i] as number)) logits[i] = Number.NEGATIVE_INFINITY;
    }
  }

  accept(id: number): void {
    this.#last = id;
  }

  reset(): void {
    this.#last = undefined;
  }

  clone(): Alternating {
    const copy = new Alternating();
    copy.#last = this.#last;
    return copy;
  }

  #allows(id: number): boolean {
    if (this.#last === undefined) return true;
    return this.#last === 3 ? id === 0 : this.#last < 2 !== id < 2;
  }
}

test("a step from outside sees the text so far, and masks tokens before all others run", () => {
  assertDistribution({}, FOUR, [0.5, 0.25, 0.15, 0.1], [], [new Alternating()]);
  assertDistribution({}, FOUR, [0, 0, 0.6, 0.4], [2, 1], [new Alternating()]);
  assertDistribution({}, FOUR, [1, 0, 0, 0], [0, 3], [new Alternating()]);
  // Top-k counts what is allowed, not what would have been best.
  assertDistribution({ topK: 1 }, FOUR, [0, 0, 1, 0], [1], [new Alternating()]);
  assert.equal(samplerAfter([1], { temperature: 0 }, 4, [new Alternating()]).sample(FOUR), 2);
  assert.deepEqual(samplerAfter([], { ...PLAIN, logitBias: new Map([[0, 1]]) }, 4, [new Alternating()]).chain, [
    "alternating",
    "logit_bias",
    "dist",
  ]);
});

test("a step from outside is copied and set back with its sampler", () => {
  const subject = samplerAfter([3], PLAIN, 4, [new Alternating()]);
  const copy = subject.clone();
  subject.accept(0);
  assert.ok(subject.sample(FOUR) >= 2);
  assert.equal(copy.sample(FOUR), 0);
  subject.reset();
  assert.deepEqual(new Set(Array.from({ length: 200 }, () => subject.sample(FOUR))), new Set([0, 1, 2, 3]));
});

test("DRY finds a breaker that is spread over tokens, and one behind a space, by its bytes", () => {
  const pieces = [" \u2026", "\u2026", "a", "b"].map((text) => new TextEncoder().encode(text));
  const [ellipsis] = [pieces[1] as Uint8Array];
  const bytes = [...pieces, ellipsis.subarray(0, 1), ellipsis.subarray(1)];
  const marks = (ids: readonly number[]) => {
    const breakers = new SequenceBreakers(["\u2026"], (id) => bytes[id] as Uint8Array);
    return ids.map((id) => breakers.mark(id));
  };
  const { NONE, END, WHOLE } = SequenceBreakers;
  assert.deepEqual(marks([2, 0, 3, 1]), [NONE, WHOLE, NONE, WHOLE]);
  assert.deepEqual(marks([2, 4, 5, 3, 5]), [NONE, NONE, END, NONE, NONE]);
});

describe("infill", () => {
  const pieces = ["x", "xy", "z", "xyz", "", "q", "r", "s", "t"].map((text) => new TextEncoder().encode(text));
  const END = 4;
  /** What is drawn in the end; tokens without a probability have next to none. */
  const drawn = (probabilities: readonly number[], options: SamplingOptions = {}, ends = [END]) => {
    const sampler = new Sampler(resolveSampling({ ...PLAIN, samplers: ["infill", "temperature"], ...options }), {
      vocabularySize: pieces.length,
      contextSize: 16,
      bytesOf: (id) => pieces[id] as Uint8Array,
      ends: () => new Set(ends),
    });
    const logits = logitsOf(pieces.map((_, id) => probabilities[id] || 1e-12));
    return [...new Set(Array.from({ length: 500 }, () => sampler.sample(logits)))].sort((a, b) => a - b);
  };

  test("ends as soon as an end is a third as likely as an even share", () => {
    // There are 9 candidates: 3 * 9 * .06 is above .94, and 3 * 9 * .03 below .97.
    assert.deepEqual(drawn([0.3, 0.3, 0.2, 0.07, 0.06, 0.07]), [END]);
    assert.deepEqual(drawn([0.5, 0.05, 0.3, 0.05, 0.03, 0.07]), [0, END]);
    // What steps before it leave is what counts, at temperature 0 too.
    const two: SamplingOptions = { topK: 2, temperature: 0, samplers: ["top_k", "infill", "temperature"] };
    assert.deepEqual(drawn([0.6, 0.05, 0.1, 0.05, 0.15, 0.05], two), [END]);
    assert.deepEqual(drawn([0.6, 0.05, 0.2, 0.05, 0.04, 0.06], two), [0]);
  });

  test("counts tokens that begin with each other as one, and drops what is unlikely then", () => {
    assert.deepEqual(drawn([0.18, 0.17, 0.22, 0.16, 0, 0.24]), [0]);
    assert.deepEqual(drawn([0.2, 0.1, 0.34, 0.05, 0, 0.3]), [0, 2, 5]);
    assert.deepEqual(drawn([0.1, 0.4, 0.05, 0.05, 0, 0.4]), [1, 5]);
  });

  test("ends where nothing is likely, and goes on with the best where it may not end", () => {
    const even = [0.05, 0.05, 0.16, 0.05, 0, 0.17, 0.17, 0.17, 0.18];
    assert.deepEqual(drawn(even), [END]);
    assert.deepEqual(drawn(even, {}, []), [8]);
  });

  test("cannot work without knowing what ends an answer", () => {
    const environment = { vocabularySize: 4, contextSize: 16 };
    assert.throws(() => new Sampler(resolveSampling({ samplers: ["infill"] }), environment), /infill/);
  });
});
