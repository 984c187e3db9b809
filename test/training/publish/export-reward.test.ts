import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { openGguf } from "#dist/gguf/open.js";
import { Llama } from "#dist/llama.js";
import { Random } from "#dist/random.js";
import { corpusSample } from "../../../training/corpus/sample.js";
import { learnVocabulary, tokenizerOf } from "../../../training/data/vocabulary.js";
import { exportReward, type RewardForm } from "../../../training/publish/export-reward.js";
import { Team } from "../../../training/run/team.js";
import { temporaryFolder } from "../../helpers/temporary.js";

/** Of scores, which are about 1 in size, with the cache in f32: in f16 it is twice as much. */
const TOLERANCE = 1e-4;
const folder = temporaryFolder();
const pieces = learnVocabulary(corpusSample(1, 200), 400);
const tokenizer = tokenizerOf(pieces);
const shape = {
  vocabularySize: 400,
  dim: 64,
  layers: 2,
  heads: 2,
  kvHeads: 1,
  headSize: 32,
  hiddenDim: 96,
  contextLength: 256,
  ropeTheta: 10000,
  normEpsilon: 1e-5,
  scalarHead: true,
};
const team = new Team({ shape, pieces, seed: 3, shardTokens: 512, workers: 2 });
after(() => team.dispose());

const DESCRIPTION = { name: "A reward model", label: "helpfulness", mean: 0.5, std: 2, unsafeBelow: 0.15 };

function write(form: RewardForm): string {
  const path = join(folder, `${form}.gguf`);
  exportReward(path, team.layout, team.state.values, pieces, { ...DESCRIPTION, form, type: "F32" });
  return path;
}

describe("an exported reward model", () => {
  it("in rows has the trainer's scores as logit 0 less logit 1 behind EOS, on 100 pairs", async () => {
    const llama = await Llama.load(write("rows"), { cacheTypeK: "f32", cacheTypeV: "f32" });
    const random = new Random(4);
    const words = [...corpusSample(7, 100)].map((text) => text.slice(0, 40 + Math.floor(random.nextFloat() * 150)));
    const texts = words.map((text) => [
      ...tokenizer.encode(`[INST] ${text.slice(0, 30)} [/INST] ${text} `, { addBos: true }),
      tokenizer.eosId as number,
    ]);
    const scores = await team.scores(texts);
    const session = llama.createSession();
    for (const [i, ids] of texts.entries()) {
      session.rewind(0);
      let found = Number.NaN;
      await session.evaluateEach(ids, (index, logits) => {
        if (index === ids.length - 1) found = (logits[0] as number) - (logits[1] as number);
      });
      assert.ok(Math.abs(found - (scores[i] as number)) < TOLERANCE, `${i}: ${found}, trained ${scores[i]}`);
    }
    assert.ok(Math.max(...scores) - Math.min(...scores) > 0.1);
    session.dispose();
    await llama.dispose();
  });

  it("as a classifier has llama.cpp's tensor and keys for it, and no output matrix", () => {
    const file = openGguf(write("classifier"));
    const head = file.tensors.find(({ name }) => name === "cls.output.weight");
    assert.deepEqual([head?.type.name, head?.dims], ["F32", [64, 1]]);
    assert.ok(!file.tensors.some(({ name }) => name === "output.weight"));
    const { metadata } = file;
    assert.equal(metadata.getNumber("llama.pooling_type"), 4);
    assert.deepEqual(metadata.findStrings("llama.classifier.output_labels"), ["helpfulness"]);
    assert.equal(metadata.getString("tokenizer.chat_template.rerank"), "[INST] {query} [/INST] {document} </s>");
    const numbers = ["reward.mean", "reward.std", "reward.unsafe_below"].map((key) => metadata.getNumber(key));
    assert.deepEqual(numbers, [0.5, 2, Math.fround(0.15)]);
  });
});
