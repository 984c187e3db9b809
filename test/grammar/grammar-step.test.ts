import assert from "node:assert/strict";
import { test } from "node:test";
import { Grammar } from "#dist/grammar/grammar.js";
import { GrammarStep } from "#dist/grammar/grammar-step.js";
import { resolveSampling, type SamplingOptions } from "#dist/sampling/options.js";
import { Sampler } from "#dist/sampling/sampler.js";
import { seededRandom } from "../helpers/random.js";
import { vocabularyOf } from "./vocabulary.js";

const PIECES = ["", "a", "b", "1", "2", "ab", "12", "</s>"];
const VOCABULARY = vocabularyOf(PIECES);

function samplerFor(source: string, options: SamplingOptions = {}) {
  const step = new GrammarStep(Grammar.fromRegex(source).createMatcher(VOCABULARY));
  const environment = { vocabularySize: PIECES.length, contextSize: 64, steps: [step] };
  return { step, sampler: new Sampler(resolveSampling({ seed: 1, ...options }), environment) };
}

/** Samples from random logits until the end. */
function answer(sampler: Sampler, random: () => number): string {
  let text = "";
  for (;;) {
    const id = sampler.sample(Float32Array.from(PIECES, () => random() * 4 - 2));
    sampler.accept(id);
    if (id === PIECES.length - 1) return text;
    text += PIECES[id];
  }
}

test("answers are in the language, whatever the logits and the options", () => {
  const random = seededRandom(1);
  const source = "[ab]{2,4}[12]{1,3}";
  for (const options of [{}, { temperature: 0 }, { temperature: 3 }, { topK: 1 }, { mirostat: 2 }, { minP: 0.5 }]) {
    for (let round = 0; round < 20; round++) {
      const { sampler } = samplerFor(source, { ...options, seed: round } as SamplingOptions);
      assert.match(answer(sampler, random), new RegExp(`^${source}$`));
    }
  }
});

test("the prompt is not held to the grammar, and the answer starts where sampling does", () => {
  const { sampler } = samplerFor("a1", { temperature: 0 });
  for (const id of [2, 2, 7, 3]) sampler.accept(id);
  assert.equal(
    answer(sampler, () => 0.5),
    "a1",
  );
  assert.throws(() => sampler.sample(new Float32Array(PIECES.length)), { code: "grammar", message: /complete/ });
});

test("a token that does not fit is an error once the answer has begun", () => {
  const { sampler, step } = samplerFor("a1");
  step.begin();
  sampler.accept(1);
  assert.throws(() => sampler.accept(1), { code: "grammar", message: /does not allow token 1 at token 2/ });
});

test("what the vocabulary cannot spell is an error and no other text", () => {
  const { sampler } = samplerFor("x");
  assert.throws(() => sampler.sample(new Float32Array(PIECES.length)), {
    code: "grammar",
    message: /no token that continues the answer/,
  });
});

test("reset and clone go back and apart", () => {
  const { sampler } = samplerFor("ab1", { temperature: 0 });
  const logits = Float32Array.of(9, 1, 5, 1, 1, 0, 9, 9);
  sampler.accept(sampler.sample(logits));
  const copy = sampler.clone();
  assert.equal(copy.sample(logits), 2);
  copy.accept(2);
  assert.equal(copy.sample(logits), 3);
  assert.equal(sampler.sample(logits), 2);
  sampler.reset();
  sampler.accept(2);
  assert.equal(sampler.sample(logits), 1);
});
