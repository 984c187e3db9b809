import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { openGguf } from "#dist/gguf/open.js";
import { readConfig } from "#dist/model/config.js";
import { findRewardHead } from "#dist/model/reward-head.js";
import { findWeights } from "#dist/model/weights.js";
import { quantizeFile } from "#dist/quantize/quantize-file.js";
import { type FixtureModel, fixtureModel, writeFixture } from "../helpers/model-fixture.js";
import { type RewardShape, rewardFixture } from "../helpers/reward-fixture.js";
import { temporaryFolder } from "../helpers/temporary.js";

const folder = temporaryFolder();

function headOf(model: FixtureModel, path = join(folder, "model.gguf")) {
  writeFixture(path, model);
  const file = openGguf(path);
  const config = readConfig(file.metadata);
  findWeights(file, config);
  return findRewardHead(file, config);
}

/** The fixture without one of its metadata keys. */
function without(model: FixtureModel, key: string): FixtureModel {
  return { ...model, metadata: new Map([...model.metadata].filter(([name]) => name !== key)) };
}

test("a head of its own and rows of scores are found, also where the metadata say nothing of either", () => {
  const labels = "llama.classifier.output_labels";
  assert.notEqual(headOf(rewardFixture())?.outputsOf, undefined);
  assert.deepEqual(headOf(without(rewardFixture(), labels))?.info.labels, ["score"]);
  for (const model of [rewardFixture({ form: "rows" }), without(rewardFixture({ form: "rows" }), labels)]) {
    const head = headOf(model);
    assert.notEqual(head, undefined);
    assert.equal(head?.outputsOf, undefined);
  }
});

test("a model that predicts tokens has no head, whether its output is tied or its own", () => {
  assert.equal(headOf(fixtureModel()), undefined);
  assert.equal(headOf(fixtureModel({ tied: true })), undefined);
  assert.equal(headOf(fixtureModel({ type: "Q8_0" })), undefined);
});

test("a damaged head is refused in a sentence", () => {
  const changed = (
    change: (name: string, dims: readonly number[]) => [string, readonly number[]],
    shape: RewardShape = {},
  ) => {
    const model = rewardFixture(shape);
    const tensors = model.tensors.map((tensor) => {
      const [name, dims] = change(tensor.name, tensor.dims);
      return { ...tensor, name, dims };
    });
    return { ...model, tensors };
  };
  const named = (from: string, to: string) => (name: string, dims: readonly number[]) =>
    [name === from ? to : name, dims] as [string, readonly number[]];
  assert.throws(() => headOf(changed(named("cls.output.weight", "cls.weight"))), {
    code: "model",
    message: "The model has a part of a classifier, but cls.output.weight is missing.",
  });
  const wide = changed((name, dims) => [name, name === "cls.output.weight" ? [32, 2] : dims]);
  assert.throws(() => headOf(wide), {
    code: "model",
    message: /cls\.output\.weight has the shape \[32, 2\]; expected \[64, 1\]/,
  });
  assert.throws(() => headOf(changed(named("cls.output.weight", "cls.output.other"))), /not part of a Llama model/);
});

test("quantising leaves the head as it is", async () => {
  const [from, to] = [join(folder, "from.gguf"), join(folder, "to.gguf")];
  writeFixture(from, rewardFixture({ hasPooler: true }));
  await quantizeFile(from, to, "Q8_0");
  const types = new Map(openGguf(to).tensors.map(({ name, type }) => [name, type.name]));
  assert.deepEqual([types.get("cls.output.weight"), types.get("cls.weight")], ["F32", "F32"]);
  assert.equal(types.get("blk.0.attn_q.weight"), "Q8_0");
});
