import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Random } from "#dist/random.js";
import { corpusSample } from "../../../training/corpus/sample.js";
import { trainingQuestion } from "../../../training/corpus/task.js";
import { learnVocabulary, tokenizerOf } from "../../../training/data/vocabulary.js";
import { ParameterLayout } from "../../../training/network/parameters.js";
import type { PathContext } from "../../../training/rlhf/context.js";
import { ghostExamples, ghostRecall, INSTRUCTIONS } from "../../../training/rlhf/ghost-attention.js";
import { RLHF_RECIPE } from "../../../training/rlhf/recipe.js";
import { temporaryFolder } from "../../helpers/temporary.js";
import { SMALL_SHAPE } from "../network/fixture.js";

const pieces = learnVocabulary(corpusSample(1, 300), 400);
const tokenizer = tokenizerOf(pieces);
const shape = { ...SMALL_SHAPE, vocabularySize: 400, contextLength: 512 };
const directory = join(temporaryFolder(), "ghosts");
mkdirSync(directory);
// An untrained model ends an answer one time in 400 tokens: where any way to follow will do, some dialogues are whole.
const recipe = { ...RLHF_RECIPE, shape, ghosts: 60, longestInstructedAnswer: 90, temperature: 1.5 };
const context: PathContext = {
  recipe,
  pieces,
  tokenizer,
  shape,
  seed: 3,
  shardTokens: 512,
  workers: 2,
  directory,
  onProgress() {},
};
const layout = new ParameterLayout(shape);
const values = new Float32Array(layout.size);
layout.initialise(values, new Random(1));

describe("ghost attention", () => {
  it("has instructions that are followed by what follows them, and by no other answer", () => {
    const random = new Random(7);
    for (const { follow, isFollowed } of INSTRUCTIONS) {
      for (let i = 0; i < 50; i++) {
        const { answer } = trainingQuestion(random, "opposite");
        assert.ok(isFollowed(follow(answer)), follow(answer));
        assert.ok(!isFollowed(answer), answer);
      }
    }
  });

  it("learns the last answer of dialogues whose first turn alone has the instruction", async () => {
    const anything = { text: "Say something.", follow: (answer: string) => answer, isFollowed: () => true };
    const examples = await ghostExamples(context, values, [anything]);
    assert.ok(examples.length > 0, "no dialogue was whole");
    for (const { ids, from } of examples) {
      const text = tokenizer.decode([...ids], { special: true });
      assert.equal(text.split("Say something.").length - 1, 1, text);
      const begins = ids.flatMap((id, at) => (id === tokenizer.bosId ? [at] : []));
      assert.ok(text.indexOf("Say something.") < 20, text);
      assert.ok(begins.length >= 2);
      // What is learned comes behind the last question, and ends.
      const question = tokenizer.decode(ids.slice(begins.at(-1), from));
      assert.match(question, /\[INST\] .* \[\/INST\]$/);
      assert.equal(ids.at(-1), tokenizer.eosId);
      assert.equal(ids.slice(from).indexOf(tokenizer.eosId as number), ids.length - from - 1);
    }
  });

  it("keeps no dialogue in which an instruction was not followed, and recalls none", async () => {
    const never = { text: "Say nothing.", follow: () => "", isFollowed: () => false };
    const elsewhere = { ...context, directory: temporaryFolder() };
    assert.deepEqual(await ghostExamples(elsewhere, values, [never]), []);
    const recall = await ghostRecall(context, "recall", values, 4);
    assert.deepEqual(
      recall.map(({ turn }) => turn),
      [1, 2, 4, 6, 8],
    );
    assert.ok(recall.every(({ followed, right }) => followed <= 0.25 && right <= followed));
  });
});
