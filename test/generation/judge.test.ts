import assert from "node:assert/strict";
import { test } from "node:test";
import { combined, judgeOf } from "#dist/generation/judge.js";
import type { RewardModel, Score, ScorePrompt } from "#dist/generation/reward.js";

const INFO = {
  index: 0,
  seed: 0,
  tokens: [],
  finishReason: "stop",
  logProbability: 0,
  signal: new AbortController().signal,
} as const;
/** The score whose sigmoid is the threshold. */
const EDGE = Math.log(0.15 / 0.85);

function model(score: number, unsafeBelow?: number): RewardModel & { readonly asked: unknown[] } {
  const asked: unknown[] = [];
  return {
    asked,
    reward: { labels: ["score"], mean: undefined, std: undefined, unsafeBelow },
    tokenizer: { encode: () => [], decode: () => "" },
    score: async (prompt, answer): Promise<Score> => {
      asked.push([prompt, answer]);
      return { score, normalized: undefined, outputs: {}, tokens: 1 };
    },
  };
}

test("Rc is the safety score where the prompt is tagged or the answer unsafe, else helpfulness", () => {
  assert.equal(combined(3, 2, false, 0.15), 3);
  assert.equal(combined(3, -2, false, 0.15), -2);
  assert.equal(combined(3, 2, true, 0.15), 2);
  assert.equal(combined(3, -2, true, 0.15), -2);
  assert.equal(combined(3, EDGE + 1e-9, false, 0.15), 3);
  assert.equal(combined(3, EDGE - 1e-9, false, 0.15), EDGE - 1e-9);
});

test("two models are asked the same of an answer, each with the prompt as it reads it", async () => {
  const [helper, guard] = [model(3), model(-2)];
  const prompts = new Map<RewardModel, ScorePrompt>([
    [helper, "question"],
    [guard, [1, 2]],
  ]);
  const judge = judgeOf({ reward: helper, safety: guard }, (asked) => prompts.get(asked) as ScorePrompt);
  assert.deepEqual(await judge("answer", INFO), { score: -2, parts: { helpfulness: 3, safety: -2 } });
  assert.deepEqual([helper.asked, guard.asked], [[["question", "answer"]], [[[1, 2], "answer"]]]);
});

test("a safety model's file may say from where on an answer is safe", async () => {
  const judge = judgeOf({ reward: model(3), safety: model(-2, 0.05) }, () => "");
  assert.equal((await judge("", INFO)).score, 3);
});
