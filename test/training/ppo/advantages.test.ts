import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "#dist/random.js";
import { generalisedAdvantages, whiten } from "../../../training/ppo/advantages.js";

const random = new Random(1);
const numbers = (count: number) => Array.from({ length: count }, () => 4 * random.nextFloat() - 2);

function assertClose(found: readonly number[], wanted: readonly number[]): void {
  assert.equal(found.length, wanted.length);
  for (const [i, value] of found.entries())
    assert.ok(Math.abs(value - (wanted[i] as number)) < 1e-12, `${i}: ${value}`);
}

/** The definition, every sum written out. */
function defined(rewards: number[], values: number[], gamma: number, lambda: number): number[] {
  const delta = (t: number) =>
    (rewards[t] as number) + gamma * (t + 1 < values.length ? (values[t + 1] as number) : 0) - (values[t] as number);
  return rewards.map((_, t) =>
    rewards.slice(t).reduce((sum, _reward, l) => sum + (gamma * lambda) ** l * delta(t + l), 0),
  );
}

describe("generalised advantages", () => {
  it("are those of their definition, for any length", () => {
    for (const length of [1, 2, 7, 40]) {
      for (const [gamma, lambda] of [
        [1, 0.95],
        [0.9, 0.5],
        [1, 0],
      ] as const) {
        const [rewards, values] = [numbers(length), numbers(length)];
        const { advantages, returns } = generalisedAdvantages(rewards, values, gamma, lambda);
        assertClose(advantages, defined(rewards, values, gamma, lambda));
        assertClose(
          returns,
          advantages.map((advantage, t) => advantage + (values[t] as number)),
        );
      }
    }
  });

  it("with gamma and lambda 1 are what is still to come, less the value", () => {
    const [rewards, values] = [numbers(9), numbers(9)];
    const { advantages } = generalisedAdvantages(rewards, values, 1, 1);
    const toCome = rewards.map((_, t) => rewards.slice(t).reduce((sum, reward) => sum + reward, 0));
    assertClose(
      advantages,
      toCome.map((sum, t) => sum - (values[t] as number)),
    );
  });
});

describe("whitening", () => {
  it("gives mean 0 and variance 1, and keeps the order", () => {
    const given = numbers(50);
    const white = whiten(given);
    const mean = white.reduce((sum, value) => sum + value, 0) / 50;
    const variance = white.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 50;
    assertClose([mean, variance], [0, 1]);
    const order = (list: readonly number[]) =>
      [...list.keys()].sort((a, b) => (list[a] as number) - (list[b] as number));
    assert.deepEqual(order(white), order(given));
  });

  it("sees only what counts, and leaves the rest at 0", () => {
    const given = numbers(20);
    const counts = given.map((_, i) => i % 3 !== 0);
    const white = whiten(given, counts);
    assertClose(
      white.filter((_, i) => counts[i]),
      whiten(given.filter((_, i) => counts[i])),
    );
    assert.ok(white.every((value, i) => counts[i] || value === 0));
  });

  it("makes nothing of what is alike everywhere, of one number, and of none", () => {
    assert.deepEqual(whiten([3, 3, 3, 3]), [0, 0, 0, 0]);
    assert.ok(whiten([0.1 + 0.2, 0.3, 0.3]).every((value) => Math.abs(value) === 0));
    assert.deepEqual(whiten([7]), [0]);
    assert.deepEqual(whiten([7, 8], [false, false]), [0, 0]);
    assert.deepEqual(whiten([]), []);
  });
});
