import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "#dist/random.js";
import { bestOf } from "../../../training/rlhf/rejection-sampling.js";

const sampleOf = (ended: boolean) => ({ ids: [1], logProbabilities: [0], ended });

describe("the best of some answers", () => {
  it("has the highest score, the first of equals, and has ended", () => {
    const ended = [true, true, false, true, true].map(sampleOf);
    assert.equal(bestOf(ended, [1, 3, 9, 3, -2]), 1);
    assert.equal(bestOf(ended, [-5, -6, 0, -7, -4]), 4);
    assert.equal(bestOf([sampleOf(false)], [1]), undefined);
    assert.equal(bestOf([], []), undefined);
  });

  it("is drawn as its closed form says, and no farther from the first draws than log K - (K - 1) / K", () => {
    const random = new Random(1);
    const count = 40_000;
    for (const k of [1, 2, 4, 8]) {
      // Six answers of equal share, better and better: P(best is i) = ((i + 1)^K - i^K) / 6^K.
      const found = new Array<number>(6).fill(0);
      for (let i = 0; i < count; i++) {
        const draws = Array.from({ length: k }, () => Math.floor(random.nextFloat() * 6));
        const best = bestOf(
          draws.map(() => sampleOf(true)),
          draws,
        ) as number;
        found[draws[best] as number] = (found[draws[best] as number] ?? 0) + 1;
      }
      let divergence = 0;
      for (const [i, times] of found.entries()) {
        const share = ((i + 1) ** k - i ** k) / 6 ** k;
        divergence += share * Math.log(share * 6);
        assert.ok(Math.abs(times - share * count) < 4.5 * Math.sqrt(share * (1 - share) * count) + 1, `${i} of ${k}`);
      }
      assert.ok(divergence <= Math.log(k) - (k - 1) / k + 1e-12, `${divergence} for ${k}`);
    }
  });
});
