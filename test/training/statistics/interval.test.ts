import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "#dist/random.js";
import { bootstrapMean, winRate } from "../../../training/statistics/bootstrap.js";
import { wilson } from "../../../training/statistics/interval.js";
import { discordant, mcnemar } from "../../../training/statistics/mcnemar.js";

const near = (found: number, wanted: number, tolerance: number) =>
  assert.ok(Math.abs(found - wanted) <= tolerance, `${found} instead of ${wanted}`);

describe("Wilson's interval", () => {
  it("is as published: 81 of 263, 15 of 148, 0 of 20, 1 of 29", () => {
    // Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I, method 3.
    for (const [successes, trials, low, high] of [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ] as const) {
      const found = wilson(successes, trials);
      near(found.low, low, 5e-5);
      near(found.high, high, 5e-5);
      assert.equal(found.value, successes / trials);
    }
    assert.equal(wilson(20, 20).high, 1);
    assert.throws(() => wilson(1, 0), RangeError);
    assert.throws(() => wilson(3, 2), RangeError);
  });
});

describe("McNemar's test", () => {
  it("is the two-sided binomial of what differs", () => {
    near(mcnemar({ onlyFirst: 5, onlySecond: 0 }), 2 / 32, 1e-12);
    near(mcnemar({ onlyFirst: 2, onlySecond: 8 }), (2 * (1 + 10 + 45)) / 1024, 1e-12);
    assert.equal(mcnemar({ onlyFirst: 4, onlySecond: 4 }), 1);
    assert.equal(mcnemar({ onlyFirst: 0, onlySecond: 0 }), 1);
    assert.ok(mcnemar({ onlyFirst: 100, onlySecond: 400 }) < 1e-40);
  });

  it("counts only where the two differ", () => {
    const first = [true, true, false, false, true];
    const second = [true, false, true, false, false];
    assert.deepEqual(discordant(first, second), { onlyFirst: 2, onlySecond: 1 });
    assert.throws(() => discordant(first, [true]), RangeError);
  });
});

describe("the bootstrap", () => {
  it("has about the interval of the normal for a mean, and gives the same twice", () => {
    const random = new Random(1);
    const values = Array.from({ length: 1000 }, () => random.nextFloat());
    const found = bootstrapMean(values);
    assert.deepEqual(bootstrapMean(values), found);
    const half = 1.96 * Math.sqrt(1 / 12 / 1000);
    near(found.high - found.low, 2 * half, 0.004);
    assert.ok(found.low < found.value && found.value < found.high);
  });

  it("holds the true mean in about 95 of 100 intervals", () => {
    const random = new Random(2);
    let held = 0;
    for (let i = 0; i < 200; i++) {
      const values = Array.from({ length: 100 }, () => (random.nextFloat() < 0.3 ? 1 : 0));
      const { low, high } = bootstrapMean(values, i, 400);
      if (low <= 0.3 && high >= 0.3) held++;
    }
    assert.ok(held > 178 && held < 199, `${held}`);
  });

  it("counts a tie as half a win", () => {
    assert.equal(winRate([1, 0, 0.5, 0.5], [0, 1, 0.5, 0.2]).value, 2.5 / 4);
    assert.deepEqual(winRate([1, 1], [1, 1]), { value: 0.5, low: 0.5, high: 0.5 });
    assert.throws(() => winRate([1], [1, 2]), RangeError);
    assert.throws(() => winRate([], []), RangeError);
  });
});
