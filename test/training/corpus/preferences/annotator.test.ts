import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "#dist/random.js";
import { annotate, labelOdds, RATINGS } from "../../../../training/corpus/preferences/annotator.js";
import { MARGINS } from "../../../../training/corpus/preferences/margins.js";

describe("annotators", () => {
  it("rate and err as their odds say", () => {
    const random = new Random(1);
    const draws = 20_000;
    for (const difference of [0, 0.1, 0.4, 0.9, -0.2]) {
      const odds = labelOdds(difference);
      const counts = Object.fromEntries(RATINGS.map((rating) => [rating, { given: 0, agrees: 0 }]));
      for (let i = 0; i < draws; i++) {
        const { rating, prefersFirst } = annotate(random, difference);
        const count = counts[rating] as { given: number; agrees: number };
        count.given++;
        // Of equal answers none is the better one: the first stands for it.
        if (prefersFirst === difference >= 0) count.agrees++;
      }
      for (const rating of RATINGS) {
        const { given, agrees } = counts[rating] as { given: number; agrees: number };
        assert.ok(Math.abs(given / draws - odds[rating].given) < 0.012, `${difference} ${rating}: ${given / draws}`);
        if (given > 1000) assert.ok(Math.abs(agrees / given - odds[rating].agrees) < 0.035, `${difference} ${rating}`);
      }
    }
  });

  it("give each difference one rating, and agree the more the farther it is rated", () => {
    for (const difference of [0.05, 0.3, 0.7]) {
      const odds = labelOdds(difference);
      assert.ok(Math.abs(RATINGS.reduce((sum, rating) => sum + odds[rating].given, 0) - 1) < 1e-12);
      const agrees = RATINGS.map((rating) => odds[rating].agrees);
      assert.deepEqual(
        [...agrees].sort((a, b) => b - a),
        agrees,
      );
    }
    for (const rating of RATINGS) assert.ok(Math.abs(labelOdds(0)[rating].agrees - 0.5) < 1e-12);
    // Without noise enough to hide it, lapses alone are left.
    assert.ok(Math.abs(labelOdds(1)["significantly better"].agrees - 0.95) < 1e-6);
  });
});

describe("margins", () => {
  it("never grow from one rating to the next, and end at 0", () => {
    for (const table of Object.values(MARGINS)) {
      const margins = RATINGS.map((rating) => table[rating]);
      assert.deepEqual(
        [...margins].sort((a, b) => b - a),
        margins,
      );
      assert.equal(margins.at(-1), 0);
    }
  });
});
