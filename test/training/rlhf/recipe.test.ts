import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Progress } from "../../../training/rlhf/progress.js";
import { RLHF_RECIPE, scaled } from "../../../training/rlhf/recipe.js";

describe("the recipe at a scale", () => {
  it("has a part of the data, and begins with the same model, at the same rates, and is measured as well", () => {
    const small = scaled(RLHF_RECIPE, 0.1);
    assert.equal(small.prompts, RLHF_RECIPE.prompts / 10);
    assert.equal(small.policy.iterations, RLHF_RECIPE.policy.iterations / 10);
    assert.equal(small.judged, RLHF_RECIPE.judged);
    assert.deepEqual(small.pretraining, RLHF_RECIPE.pretraining);
    assert.deepEqual(
      [small.pretraining.rate, small.answers, small.shape, small.policy.episodes],
      [RLHF_RECIPE.pretraining.rate, RLHF_RECIPE.answers, RLHF_RECIPE.shape, RLHF_RECIPE.policy.episodes],
    );
    assert.deepEqual(scaled(RLHF_RECIPE, 1), RLHF_RECIPE);
    for (const scale of [0, -1, 1.5, Number.NaN])
      assert.throws(() => scaled(RLHF_RECIPE, scale), /above 0 and at most 1/);
  });
});

describe("the time that is left", () => {
  it("is told by the speed since the run went on, and comes to nothing at the end", () => {
    let now = 0;
    const progress = new Progress(RLHF_RECIPE, () => now);
    assert.equal(progress.minutesLeft("chat-0", 0.5), undefined);
    now = 60_000;
    const after = progress.minutesLeft("chat-0", 0.6) as number;
    now = 120_000;
    const later = progress.minutesLeft("chat-0", 0.7) as number;
    // A tenth of this part a minute.
    assert.ok(Math.abs(after - later - 1) < 1e-9, `${after}, then ${later}`);
    assert.ok(later > 3);
    assert.equal(progress.minutesLeft("policy", 0.5) !== undefined, true);
    assert.equal(progress.minutesLeft("policy", 1), 0);
    assert.equal(progress.minutesLeft("judged 0", 0.5), undefined);
  });
});
