import assert from "node:assert/strict";
import { test } from "node:test";
import { LlamaError } from "#dist/errors.js";
import { resolveSampling, type SamplingOptions } from "#dist/sampling/options.js";
import { assertDistribution, logitsOf, PLAIN, samplerAfter, softmax } from "../helpers/distribution.js";
import { seededNormals } from "../helpers/random.js";

const FOUR = logitsOf([0.5, 0.25, 0.15, 0.1]);

test("plain sampling draws from the softmax", () => {
  assertDistribution({}, FOUR, [0.5, 0.25, 0.15, 0.1]);
});

test("temperature raises probabilities to the power of its inverse", () => {
  const squares = [0.25, 0.0625, 0.0225, 0.01];
  const total = squares.reduce((a, b) => a + b);
  assertDistribution(
    { temperature: 0.5 },
    FOUR,
    squares.map((p) => p / total),
  );
});

test("top-k keeps the k likeliest", () => {
  assertDistribution({ topK: 2 }, FOUR, [2 / 3, 1 / 3, 0, 0]);
  assertDistribution({ topK: 100 }, FOUR, [0.5, 0.25, 0.15, 0.1]);
});

test("top-p keeps the likeliest that reach the sum", () => {
  assertDistribution({ topP: 0.7 }, FOUR, [2 / 3, 1 / 3, 0, 0]);
  assertDistribution({ topP: 0.8 }, FOUR, [5 / 9, 2.5 / 9, 1.5 / 9, 0]);
  assertDistribution({ topP: 0 }, FOUR, [1, 0, 0, 0]);
});

test("min-p keeps what is likely enough beside the likeliest", () => {
  assertDistribution({ minP: 0.29 }, FOUR, [5 / 9, 2.5 / 9, 1.5 / 9, 0]);
  assertDistribution({ minP: 0.4 }, FOUR, [2 / 3, 1 / 3, 0, 0]);
});

test("the chain of several steps gives what they give one after the other", () => {
  // top-k 3 leaves 5/9, 2.5/9, 1.5/9; top-p 0.9 needs all three; min-p 0.4 drops the third; temperature 0.5 squares.
  assertDistribution({ topK: 3, topP: 0.9, minP: 0.4, temperature: 0.5 }, FOUR, [0.8, 0.2, 0, 0]);
});

test("typical sampling keeps tokens near the mean surprise", () => {
  // Entropy 1.21 nats; surprises 0.69, 1.39, 1.90, 2.30 lie 0.52, 0.18, 0.69 and 1.09 from it.
  assertDistribution({ typicalP: 0.2 }, FOUR, [0, 1, 0, 0]);
  assertDistribution({ typicalP: 0.7 }, FOUR, [2 / 3, 1 / 3, 0, 0]);
});

test("the repeat penalty divides positive and multiplies negative logits, within its window", () => {
  const logits = Float32Array.of(2, 2, -1, -1);
  assertDistribution({ repeatPenalty: 2 }, logits, softmax([1, 2, -2, -1]), [0, 2, 2]);
  assertDistribution({ repeatPenalty: 2, repeatLastN: 1 }, logits, softmax([2, 2, -2, -1]), [0, 2]);
  assertDistribution({ repeatPenalty: 2, repeatLastN: 0 }, logits, softmax([2, 2, -1, -1]), [0, 2]);
});

test("frequency counts every occurrence, presence counts once", () => {
  const flat = new Float32Array(3);
  assertDistribution({ frequencyPenalty: 0.5 }, flat, softmax([-1, -0.5, 0]), [0, 1, 0]);
  assertDistribution({ presencePenalty: 0.5 }, flat, softmax([-0.5, -0.5, 0]), [0, 1, 0]);
});

test("logit bias adds, and minus infinity forbids", () => {
  const logitBias = new Map([
    [0, Number.NEGATIVE_INFINITY],
    [3, Math.log(2.5)],
  ]);
  assertDistribution({ logitBias }, FOUR, [0, 0.25 / 0.65, 0.15 / 0.65, 0.25 / 0.65]);
});

test("temperature 0 takes the best after penalties and bias, and of equals the lowest id", () => {
  assert.equal(samplerAfter([], { temperature: 0 }, 4).sample(FOUR), 0);
  assert.equal(samplerAfter([], { temperature: 0 }, 3).sample(Float32Array.of(1, 5, 5)), 1);
  assert.equal(samplerAfter([], { temperature: 0, logitBias: new Map([[2, 10]]) }, 4).sample(FOUR), 2);
  assert.equal(samplerAfter([0], { temperature: 0, presencePenalty: 2 }, 4).sample(FOUR), 1);
});

test("the same seed draws the same, another seed something else", () => {
  const draw = (seed: number) => {
    const subject = samplerAfter([], { seed }, 4);
    return Array.from({ length: 50 }, () => subject.sample(FOUR)).join("");
  };
  assert.equal(draw(7), draw(7));
  assert.notEqual(draw(7), draw(8));
});

test("fast selection of 40 among 32,000 is what sorting gives, and logits stay as they were", () => {
  const normal = seededNormals(11);
  const logits = Float32Array.from({ length: 32_000 }, normal);
  const copy = logits.slice();
  const best = new Set([...logits.keys()].toSorted((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0)).slice(0, 40));
  const subject = samplerAfter([], { ...PLAIN, topK: 40, temperature: 100 }, logits.length);
  const seen = new Set(Array.from({ length: 2000 }, () => subject.sample(logits)));
  assert.deepEqual(seen, best);
  assert.deepEqual(logits, copy);
});

for (const version of [1, 2] as const) {
  test(`mirostat ${version} steers the mean surprise to its target`, () => {
    // Zipf's law over 5000 tokens, as the paper assumes.
    const weights = Array.from({ length: 5000 }, (_, i) => 1 / (i + 1));
    const total = weights.reduce((a, b) => a + b);
    const probabilities = weights.map((w) => w / total);
    const logits = logitsOf(probabilities);
    // Surprise is measured within what is kept, so the cut settles where the entropy of the kept tokens is the target.
    const entropyOf = (count: number) => {
      const mass = probabilities.slice(0, count).reduce((a, b) => a + b);
      const entropy = probabilities.slice(0, count).reduce((sum, p) => sum - (p / mass) * Math.log2(p / mass), 0);
      return { entropy, mass };
    };
    let count = 1;
    while (entropyOf(count).entropy < 4) count++;
    const wanted = 4 - Math.log2(entropyOf(count).mass);
    const subject = samplerAfter([], { temperature: 1, mirostat: version, mirostatTau: 4, seed: 3 }, logits.length);
    let surprise = 0;
    for (let i = 0; i < 4000; i++) {
      const id = subject.sample(logits);
      if (i >= 1000) surprise -= Math.log2(probabilities[id] ?? 0) / 3000;
    }
    assert.ok(Math.abs(surprise - wanted) < 0.2, `${surprise} bits, and ${wanted} were wanted`);
  });
}

test("logits that are not numbers are an error that says so", () => {
  const isNumeric = (error: unknown) => error instanceof LlamaError && error.code === "numeric";
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    for (const temperature of [0, 1]) {
      assert.throws(() => samplerAfter([], { temperature }, 3).sample(Float32Array.of(1, bad, 2)), isNumeric);
    }
  }
  const none = new Float32Array(3).fill(Number.NEGATIVE_INFINITY);
  assert.throws(() => samplerAfter([], {}, 3).sample(none), isNumeric);
});

test("options out of range are refused, and what is left out has llama.cpp's defaults", () => {
  const wrong: SamplingOptions[] = [
    { temperature: Number.NaN },
    { topP: 1.5 },
    { minP: -0.1 },
    { topK: 1.5 },
    { seed: 2 ** 32 },
    { repeatPenalty: 0 },
    { repeatLastN: -2 },
    { mirostat: 3 as 2 },
  ];
  for (const options of wrong) {
    const isOption = (error: unknown) => error instanceof LlamaError && error.code === "option";
    assert.throws(() => resolveSampling(options), isOption, JSON.stringify(options));
  }
  const { temperature, topK, topP, minP, repeatPenalty, repeatLastN } = resolveSampling({});
  assert.deepEqual([temperature, topK, topP, minP, repeatPenalty, repeatLastN], [0.8, 40, 0.95, 0.05, 1, 64]);
});
