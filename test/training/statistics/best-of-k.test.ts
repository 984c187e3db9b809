import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "#dist/random.js";
import { bestOfK, bestOfKl, type Scored } from "../../../training/statistics/best-of-k.js";
import { bestOfKCurve, findTurning } from "../../../training/statistics/over-optimisation.js";

const near = (found: number, wanted: number, tolerance = 1e-12) =>
  assert.ok(Math.abs(found - wanted) <= tolerance, `${found} instead of ${wanted}`);

/** Over all choices of `k` samples, one by one; ties go to each of the tied in turn. */
function byDefinition(samples: readonly Scored[], k: number): Scored {
  const choices = (from: number, left: number): Scored[][] =>
    left === 0
      ? [[]]
      : samples.slice(from).flatMap((sample, i) => choices(from + i + 1, left - 1).map((rest) => [sample, ...rest]));
  const all = choices(0, k).map((choice) => {
    const proxy = Math.max(...choice.map((sample) => sample.proxy));
    const best = choice.filter((sample) => sample.proxy === proxy);
    return { proxy, gold: best.reduce((sum, { gold }) => sum + gold, 0) / best.length };
  });
  const mean = (of: (sample: Scored) => number) => all.reduce((sum, sample) => sum + of(sample), 0) / all.length;
  return { proxy: mean(({ proxy }) => proxy), gold: mean(({ gold }) => gold) };
}

describe("best of K", () => {
  it("is the mean over all choices, without ties", () => {
    const random = new Random(1);
    const samples = Array.from({ length: 8 }, () => ({ proxy: random.nextFloat(), gold: random.nextFloat() }));
    for (const k of [1, 2, 3, 5, 8]) {
      const [found, wanted] = [bestOfK(samples, k), byDefinition(samples, k)];
      near(found.proxy, wanted.proxy);
      near(found.gold, wanted.gold);
    }
    assert.throws(() => bestOfK(samples, 9), RangeError);
    assert.throws(() => bestOfK(samples, 0), RangeError);
  });

  it("gives all gold of a tie the same weight", () => {
    const samples = [1, 1, 1, 1].map((proxy, i) => ({ proxy, gold: i }));
    for (const k of [1, 2, 4]) near(bestOfK(samples, k).gold, 1.5);
    const mixed = [
      { proxy: 0, gold: 9 },
      { proxy: 1, gold: 2 },
      { proxy: 1, gold: 4 },
    ];
    for (const k of [1, 2, 3]) near(bestOfK(mixed, k).gold, byDefinition(mixed, k).gold);
  });

  it("has the KL of the paper's formula, which is that of the exact distribution", () => {
    assert.equal(bestOfKl(1), 0);
    // n equal outcomes, ordered by score: the best of K is place i with ((i + 1)^K - i^K) / n^K.
    const [n, k] = [4000, 16];
    let kl = 0;
    for (let i = 0; i < n; i++) {
      const p = ((i + 1) / n) ** k - (i / n) ** k;
      if (p > 0) kl += p * Math.log(p * n);
    }
    near(bestOfKl(k), kl, 1e-3);
  });

  it("finds where gold turns over, and nothing where it does not", () => {
    const random = new Random(3);
    const prompts = Array.from({ length: 200 }, () =>
      Array.from({ length: 64 }, () => {
        const proxy = random.nextFloat();
        return { proxy, gold: proxy < 0.9 ? proxy : -2 };
      }),
    );
    const ks = [1, 2, 4, 8, 16, 32, 64];
    const hacked = findTurning(bestOfKCurve(prompts, ks));
    assert.ok(hacked.isOverOptimised);
    assert.ok(Number(hacked.peak.label) <= 4, hacked.peak.label);
    const honest = prompts.map((samples) => samples.map(({ proxy }) => ({ proxy, gold: proxy })));
    const { peak, isOverOptimised } = findTurning(bestOfKCurve(honest, ks));
    assert.equal(peak.label, "64");
    assert.equal(isOverOptimised, false);
  });
});
