import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { openGguf } from "#dist/gguf/open.js";
import { Llama } from "#dist/llama.js";
import { Random } from "#dist/random.js";
import { corpusSample } from "../../../training/corpus/sample.js";
import { answeredIds } from "../../../training/data/turn.js";
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

interface Pair {
  readonly question: string;
  readonly answer: string;
  readonly ids: readonly number[];
}

const random = new Random(4);
const PAIRS: Pair[] = [...corpusSample(7, 100)].slice(0, 100).map((text) => {
  const question = text
    .replace(/\[INST\] | \[\/INST\].*/g, "")
    .slice(0, 30)
    .trim();
  const answer = text
    .slice(0, 40 + Math.floor(random.nextFloat() * 150))
    .replace(/\[.*\] ?/g, "")
    .trim();
  return { question, answer, ids: answeredIds(tokenizer, question, answer) };
});

const DESCRIPTION = { name: "A reward model", label: "helpfulness", mean: 0.5, std: 2, unsafeBelow: 0.15 };

function write(form: RewardForm): string {
  const path = join(folder, `${form}.gguf`);
  exportReward(path, team.layout, team.state.values, pieces, { ...DESCRIPTION, form, type: "F32" });
  return path;
}

describe("an exported reward model", () => {
  for (const form of ["rows", "classifier"] as const) {
    it(`as ${form} is scored by the package as by the trainer, on 100 pairs`, async () => {
      const llama = await Llama.load(write(form), { cacheTypeK: "f32", cacheTypeV: "f32" });
      const scores = await team.scores(PAIRS.map(({ ids }) => ids));
      for (const [i, { question, answer, ids }] of PAIRS.entries()) {
        const { score, normalized, tokens } = await llama.score(question, answer);
        const wanted = scores[i] as number;
        assert.equal(tokens, ids.length);
        assert.ok(Math.abs(score - wanted) < TOLERANCE, `${i}: ${score}, trained ${wanted}`);
        assert.ok(Math.abs((normalized as number) - (wanted - 0.5) / 2) < TOLERANCE);
      }
      assert.ok(Math.max(...scores) - Math.min(...scores) > 0.1);
      assert.equal(llama.reward?.unsafeBelow, Math.fround(0.15));
      await llama.dispose();
    });
  }

  it("in rows is what any program sees: logit 0 less logit 1 behind EOS", async () => {
    const llama = await Llama.load(write("rows"), { cacheTypeK: "f32", cacheTypeV: "f32" });
    const [{ ids }] = PAIRS as [Pair];
    const session = llama.createSession();
    let found = Number.NaN;
    await session.evaluateEach(ids, (index, logits) => {
      if (index === ids.length - 1) found = (logits[0] as number) - (logits[1] as number);
    });
    const [score] = await team.scores([ids]);
    assert.ok(Math.abs(found - (score as number)) < TOLERANCE, `${found}, trained ${score}`);
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
    assert.equal(metadata.getString("tokenizer.chat_template.rerank"), "<s>[INST] {query} [/INST] {document} </s>");
    const numbers = ["reward.mean", "reward.std", "reward.unsafe_below"].map((key) => metadata.getNumber(key));
    assert.deepEqual(numbers, [0.5, 2, Math.fround(0.15)]);
  });
});
