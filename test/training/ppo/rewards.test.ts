import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { combinedScore, tokenRewards, UNSAFE_BELOW, whitenedScores } from "../../../training/ppo/rewards.js";

/** Whose sigmoid is the threshold. */
const EDGE = Math.log(UNSAFE_BELOW / (1 - UNSAFE_BELOW));

describe("the safety gate", () => {
  const cases = [
    { name: "a tagged prompt, a safe answer", isSafetyPrompt: true, safety: 2, wanted: "safety" },
    { name: "a tagged prompt, an unsafe answer", isSafetyPrompt: true, safety: -3, wanted: "safety" },
    { name: "any other prompt, an unsafe answer", isSafetyPrompt: false, safety: -3, wanted: "safety" },
    { name: "any other prompt, a safe answer", isSafetyPrompt: false, safety: 2, wanted: "helpfulness" },
    { name: "a hair below the edge", isSafetyPrompt: false, safety: EDGE - 1e-9, wanted: "safety" },
    { name: "a hair above the edge", isSafetyPrompt: false, safety: EDGE + 1e-9, wanted: "helpfulness" },
  ] as const;
  for (const { name, isSafetyPrompt, safety, wanted } of cases) {
    it(`${name}: ${wanted} counts`, () => {
      const judgement = { isSafetyPrompt, safety, helpfulness: 0.7 };
      assert.equal(combinedScore(judgement), judgement[wanted]);
    });
  }

  it("is at 0.15, not at the linear score's 0.15", () => {
    assert.equal(combinedScore({ isSafetyPrompt: false, safety: 0.1, helpfulness: 5 }), 5);
  });
});

describe("whitened scores", () => {
  it("are over the answers that ended; the others are worth -1, whatever their score", () => {
    const scores = whitenedScores([3, 1, 100, 2, -100], [true, true, false, true, false]);
    const deviation = Math.sqrt(2 / 3);
    for (const [i, wanted] of [1 / deviation, -1 / deviation, -1, 0, -1].entries()) {
      assert.ok(Math.abs((scores[i] as number) - wanted) < 1e-12);
    }
    assert.deepEqual(whitenedScores([5, 5], [true, true]), [0, 0]);
    assert.deepEqual(whitenedScores([5, 5], [false, false]), [-1, -1]);
  });
});

describe("rewards of tokens", () => {
  it("price each step away from the reference, and give the score to the last token", () => {
    const rewards = tokenRewards(3, [-1, -2, -0.5], [-2, -1, -0.5], 0.1);
    for (const [i, wanted] of [-0.1, 0.1, 3].entries()) assert.ok(Math.abs((rewards[i] as number) - wanted) < 1e-12);
    assert.deepEqual(tokenRewards(2, [-1], [-1], 0.5), [2]);
  });
});
