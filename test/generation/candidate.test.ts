import assert from "node:assert/strict";
import { test } from "node:test";
import { type Candidate, ranked } from "#dist/generation/candidate.js";

function candidate(index: number, own: Partial<Candidate>): Candidate {
  return {
    index,
    seed: index,
    text: "",
    tokens: [],
    finishReason: "stop",
    logProbability: 0,
    score: 0,
    parts: undefined,
    ...own,
  };
}

const order = (...given: readonly Partial<Candidate>[]) =>
  ranked(given.map((own, index) => candidate(index, own))).map(({ index }) => index);

test("the best score comes first; equals by their log-probability, then by the lower seed", () => {
  assert.deepEqual(order({ score: 1 }, { score: 3 }, { score: 2 }), [1, 2, 0]);
  assert.deepEqual(order({ logProbability: -2 }, { logProbability: -1 }, { logProbability: -2 }), [1, 0, 2]);
  assert.deepEqual(order({}, {}, {}), [0, 1, 2]);
  const [up, down] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  assert.deepEqual(order({ score: down }, { score: up }, { score: up, logProbability: 1 }, { score: 0 }), [2, 1, 3, 0]);
});

test("an answer that was cut off is behind every whole one, and one without a score behind all", () => {
  assert.deepEqual(order({ score: 9, finishReason: "length" }, { score: -9 }), [1, 0]);
  assert.deepEqual(order({ score: 1, finishReason: "length" }, { score: 2, finishReason: "context" }), [1, 0]);
  assert.deepEqual(order({ score: undefined }, { score: -9, finishReason: "length" }), [1, 0]);
});
