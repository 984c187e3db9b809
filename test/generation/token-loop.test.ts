import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import type { GenerateOptions } from "#dist/generation/options.js";
import { Llama } from "#dist/llama.js";
import { Random } from "#dist/random.js";
import { fixtureModel, writeFixture } from "../helpers/model-fixture.js";
import { temporaryFolder } from "../helpers/temporary.js";

const path = join(temporaryFolder(), "model.gguf");
writeFixture(path, fixtureModel());
const llama = await Llama.load(path, { threads: 1 });
after(() => llama.dispose());

async function answer(prompt: readonly number[], options: GenerateOptions) {
  const generation = llama.generate(prompt, options);
  let text = "";
  for await (const piece of generation) text += piece;
  assert.equal(generation.text, text);
  return generation;
}

/** Repeats itself, so that there is something to guess. */
function repetitivePrompt(random: Random): number[] {
  const phrase = Array.from({ length: 6 }, () => 3 + (random.nextUint32() % 20));
  return [1, ...phrase, ...phrase, ...phrase.slice(0, 4)];
}

test("speculation gives the tokens, probabilities and end of plain decoding, whatever the seed and temperature", async () => {
  const random = new Random(5);
  let drafted = 0;
  let accepted = 0;
  for (let run = 0; run < 60; run++) {
    const prompt = repetitivePrompt(random);
    const options: GenerateOptions = {
      seed: run,
      temperature: [0, 0.3, 1][run % 3],
      repeatPenalty: run % 2 === 0 ? 1 : 1.1,
      // Pulls the answer back to what was there, as a text that is quoted would be.
      logitBias: new Map(prompt.slice(1).map((id) => [id, 4 * (run % 4)])),
      maxTokens: 20 + (run % 40),
      ignoreEos: run % 5 !== 0,
      logProbabilities: 3,
    };
    const plain = await answer(prompt, options);
    const guessed = await answer(prompt, { ...options, speculation: "ngram" });
    assert.deepEqual(guessed.tokens, plain.tokens);
    assert.deepEqual(guessed.logProbabilities, plain.logProbabilities);
    assert.equal(guessed.finishReason, plain.finishReason);
    assert.equal(plain.stats.drafted, 0);
    drafted += guessed.stats.drafted;
    accepted += guessed.stats.accepted;
  }
  assert.ok(accepted > 50, `${accepted} of ${drafted} guesses were right`);
  assert.ok(accepted < drafted);
});

test("speculation ends where the context is full, as plain decoding does", async () => {
  const prompt = repetitivePrompt(new Random(1));
  const options: GenerateOptions = { temperature: 0, ignoreEos: true };
  const plain = await answer(prompt, options);
  const guessed = await answer(prompt, { ...options, speculation: "ngram" });
  assert.equal(plain.finishReason, "context");
  assert.equal(guessed.finishReason, "context");
  assert.deepEqual(guessed.tokens, plain.tokens);
  assert.ok(guessed.stats.accepted > 0);
});

test("steps from outside run on the whole vocabulary, before the chain", async () => {
  const heard: number[] = [];
  const onlyEven = {
    name: "even",
    apply: ({ ids, logits, size }: { ids: Uint32Array; logits: Float32Array; size: number }) => {
      for (let i = 0; i < size; i++) if ((ids[i] as number) % 2 === 1) logits[i] = Number.NEGATIVE_INFINITY;
    },
    accept: (id: number) => void heard.push(id),
  };
  const { tokens } = await answer([1, 5, 6], {
    steps: [onlyEven],
    maxTokens: 20,
    temperature: 1.5,
    seed: 1,
    ignoreEos: true,
  });
  assert.equal(tokens.length, 20);
  assert.ok(tokens.every((id) => id % 2 === 0));
  assert.deepEqual(heard, [1, 5, 6, ...tokens]);
});

test("no token is chosen where none is asked for", async () => {
  const generation = await answer([1, 5], { maxTokens: 0 });
  assert.deepEqual([generation.tokens, generation.finishReason], [[], "length"]);
});
