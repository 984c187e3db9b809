import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { randomModel } from "#dist/benchmark/random-model.js";
import type { ModelShape } from "#dist/benchmark/shapes.js";
import { writeRandomModel } from "#dist/benchmark/write-model.js";
import type { Generation } from "#dist/generation/generation.js";
import type { GenerateOptions } from "#dist/generation/options.js";
import { tensorTypes } from "#dist/gguf/format.js";
import { Llama } from "#dist/llama.js";
import { Random } from "#dist/random.js";
import { isLong, spread } from "../helpers/long.js";
import { temporaryFolder } from "../helpers/temporary.js";

const RUNS = isLong ? 23 : 1;
const SHAPE: ModelShape = {
  name: "small",
  dim: 256,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  hiddenDim: 512,
  vocabularySize: 1400,
  contextLength: 192,
  ropeBase: 1e4,
  tied: false,
};
const folder = temporaryFolder();

async function answer(llama: Llama, prompt: readonly number[], options: GenerateOptions): Promise<Generation> {
  const generation = llama.generate(prompt, options);
  for await (const _ of generation) {
    // The tokens are kept by the generation.
  }
  return generation;
}

/** Repeats itself, so that there is something to guess. */
function repetitivePrompt(random: Random): number[] {
  const phrase = Array.from({ length: 4 + (random.nextUint32() % 8) }, () => 300 + (random.nextUint32() % 1000));
  return [1, ...phrase, ...phrase, ...phrase.slice(0, 4)];
}

test("speculation gives the tokens of plain decoding, with weights of every type", async (t) => {
  const random = new Random(9);
  let [runs, drafted, accepted] = [0, 0, 0];
  for (const type of spread(tensorTypes(), 10)) {
    const path = join(folder, `${type.name}.gguf`);
    await writeRandomModel(path, randomModel(SHAPE, type.name.toLowerCase(), 3));
    const llama = await Llama.load(path, { threads: isLong ? 2 : 1 });
    try {
      for (let run = 0; run < RUNS; run++) {
        const prompt = repetitivePrompt(random);
        const options: GenerateOptions = {
          seed: run,
          temperature: [0, 0.6, 1.2][run % 3],
          topK: run % 4 === 0 ? 0 : 40,
          // Pulls the answer back to what was there, as a text that is quoted would be.
          logitBias: new Map(prompt.slice(1).map((id) => [id, 3 * (run % 4)])),
          maxTokens: 24 + (run % 40),
          ignoreEos: true,
        };
        const plain = await answer(llama, prompt, options);
        const guessed = await answer(llama, prompt, { ...options, speculation: "ngram" });
        assert.deepEqual(guessed.tokens, plain.tokens, `${type.name}, run ${run}`);
        assert.equal(guessed.finishReason, plain.finishReason);
        runs++;
        drafted += guessed.stats.drafted;
        accepted += guessed.stats.accepted;
      }
    } finally {
      await llama.dispose();
    }
  }
  t.diagnostic(`${runs} runs with ${tensorTypes().length} types, ${accepted} of ${drafted} guesses were right`);
  assert.ok(accepted > runs, `${accepted} of ${drafted} guesses were right`);
  assert.ok(accepted < drafted);
});
