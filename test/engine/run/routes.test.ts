import assert from "node:assert/strict";
import { test } from "node:test";
import { type Route, roundsOf, routesOf } from "#dist/engine/run/routes.js";

test("each token goes to its best experts, weighted by the softmax of their scores", () => {
  const scores = [0, 3, 1, 2, 5, 0, 4, 0];
  const routes = routesOf(scores, 4, 2);
  assert.deepEqual(
    routes.map(({ expert, tokens }) => [expert, tokens]),
    [
      [0, [1]],
      [1, [0]],
      [2, [1]],
      [3, [0]],
    ],
  );
  const [weight = 0] = routes.find(({ expert }) => expert === 1)?.weights ?? [];
  assert.ok(Math.abs(weight - 1 / (1 + Math.exp(-1))) < 1e-15);
  for (const token of [0, 1]) {
    const own = routes.flatMap(({ tokens, weights }) => weights.filter((_, i) => tokens[i] === token));
    assert.equal(own.length, 2);
    assert.ok(Math.abs(own.reduce((a, b) => a + b, 0) - 1) < 1e-15);
  }
});

test("of equal scores the first count, large ones do not overflow, and no number is no crash", () => {
  assert.deepEqual(
    routesOf([1, 1, 1], 3, 2).map(({ expert }) => expert),
    [0, 1],
  );
  assert.deepEqual(
    routesOf([1e30, -1e30, 1e30], 3, 2).map(({ weights }) => weights),
    [[0.5], [0.5]],
  );
  const lost = routesOf([Number.NaN, Number.NaN, 1], 3, 2);
  assert.equal(lost.length, 2);
  assert.ok(lost.every(({ weights }) => weights.every(Number.isNaN)));
});

test("rounds have all rows in order, and never more than there is room for", () => {
  const routes: Route[] = [3, 1, 8, 2].map((count, expert) => ({
    expert,
    tokens: Array.from({ length: count }, (_, i) => i),
    weights: Array.from({ length: count }, (_, i) => expert + i / 10),
  }));
  for (const rows of [1, 2, 4, 5, 14, 20]) {
    const rounds = [...roundsOf(routes, rows)];
    const sizes = rounds.map((round) => round.reduce((sum, { tokens }) => sum + tokens.length, 0));
    assert.ok(sizes.slice(0, -1).every((size) => size === rows) && (sizes.at(-1) ?? 0) <= rows, `${sizes}`);
    const flat = (all: readonly Route[]) =>
      all.flatMap(({ expert, tokens, weights }) => tokens.map((token, i) => [expert, token, weights[i]]));
    assert.deepEqual(flat(rounds.flat()), flat(routes));
  }
});
